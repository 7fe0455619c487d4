/** Which of a dataset's files a manifest's line means. */
export class FileFinder {
  readonly #keys: Set<string>;
  readonly #folder: string;
  #byLowerCase?: Map<string, string>;

  /** @param keys all files of the dataset; @param manifest the manifest's own key */
  constructor(keys: string[], manifest: string) {
    this.#keys = new Set(keys);
    this.#folder = manifest.slice(0, manifest.lastIndexOf("/") + 1);
  }

  /** The key of a path that is relative to the manifest, or else to the dataset. */
  find(path: string): string | undefined {
    const clean = path
      .replaceAll("\\", "/")
      .replace(/^(\.\/)+/, "")
      .replace(/\/(\.\/)+/g, "/");
    return [this.#folder + clean, clean].find((key) => this.#keys.has(key));
  }

  /** The key that ends an `s3://bucket/...` address: the dataset may be a copy of the bucket, or of a folder in it. */
  findUri(uri: string): string | undefined {
    const parts = uri.replace(/^s3:\/\/[^/]+\//, "").split("/");
    for (let start = 0; start < parts.length; start++) {
      const found = this.find(parts.slice(start).join("/"));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What to say of a path that means nothing here. */
  absent(path: string): string {
    this.#byLowerCase ??= new Map([...this.#keys].map((key) => [key.toLowerCase(), key]));
    const close =
      this.#byLowerCase.get((this.#folder + path).toLowerCase()) ?? this.#byLowerCase.get(path.toLowerCase());
    return `there is no file ${path}${close ? `; did you mean ${close}?` : ""}`;
  }
}
