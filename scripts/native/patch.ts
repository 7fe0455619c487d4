import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CannotBuild } from "./tools.ts";

/** Where the addon sets an attribute of an operation that is one text, and where one that is a type of numbers. */
const TEXT = "    case TF_ATTR_STRING: {\n";
const TYPE = "    case TF_ATTR_TYPE: {\n";

/** Starts a branch for attributes that are lists; `each` sets the i-th of `count` from `element`. */
const ifList = (declare: string, each: string, set: string): string => `      bool is_list;
      nstatus = napi_is_array(env, js_value, &is_list);
      ENSURE_NAPI_OK(env, nstatus);
      if (is_list) {
        uint32_t count;
        nstatus = napi_get_array_length(env, js_value, &count);
        ENSURE_NAPI_OK(env, nstatus);
        ${declare}
        for (uint32_t i = 0; i < count; i++) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          ${each}
        }
        ${set}
        break;
      }
`;

const TEXTS = ifList(
  "std::vector<std::string> texts(count); std::vector<const void *> starts(count); std::vector<size_t> sizes(count);",
  `nstatus = GetStringParam(env, element, texts[i]);
          ENSURE_NAPI_OK(env, nstatus);
          starts[i] = texts[i].data();
          sizes[i] = texts[i].size();`,
  "TFE_OpSetAttrStringList(tfe_op, attr_name, starts.data(), sizes.data(), count);",
);

const TYPES = ifList(
  "std::vector<TF_DataType> types(count);",
  `int32_t number;
          nstatus = napi_get_value_int32(env, element, &number);
          ENSURE_NAPI_OK(env, nstatus);
          types[i] = static_cast<TF_DataType>(number);`,
  "TFE_OpSetAttrTypeList(tfe_op, attr_name, types.data(), count);",
);

/**
 * Lets operations have attributes that are lists of texts and of types, in the unpacked copy of the addon's source. Fused
 * convolutions have both: what to fuse, and the types of what is fused.
 */
export async function patch(packageFolder: string): Promise<void> {
  const file = join(packageFolder, "binding", "tfjs_backend.cc");
  let source = await readFile(file, "utf8");
  for (const [place, code] of [
    [TEXT, TEXTS],
    [TYPE, TYPES],
  ]) {
    if (source.split(place).length !== 2) throw new CannotBuild(`${file} is not the source that this command knows.`);
    source = source.replace(place, place + code);
  }
  await writeFile(file, source);
}
