/** The package brings no types of its own. */
declare module "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs" {
  export interface JpegDecoder {
    /** Room for the file's bytes; valid until the next call. */
    getEncodedBuffer(length: number): Uint8Array;
    /** Throws a number where the file is damaged. */
    decode(): void;
    getFrameInfo(): { width: number; height: number; componentCount: number };
    /** Valid until the next call. */
    getDecodedBuffer(): Uint8Array;
  }
  export default function open(options: { wasmBinary: Uint8Array }): Promise<{ JPEGDecoder: new () => JpegDecoder }>;
}
