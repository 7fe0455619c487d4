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

const INCLUDES = '#include "utils.h"\n';
const CONTEXT = "  tfe_context_ = TFE_NewContext(";
const EXECUTE = "  TFE_Execute(tfe_op.op,";

/** Faults of the thread itself cannot wait. */
const WAITING = `
#include <signal.h>

class SignalsWait {
 public:
  SignalsWait() {
    sigset_t all;
    sigfillset(&all);
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&all, fault);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};
`;

/**
 * What the unpacked copy of the addon's source is to do beyond its own:
 *
 * - Operations may have attributes that are lists of texts and of types. Fused convolutions have both: what to fuse, and the types
 *   of what is fused.
 * - Signals wait while an operation runs, and for good in the library's own threads, which begin in there. oneDNN's products of
 *   matrices (3.11.1 and before, uxlfoundation/oneDNN issue 4845) use the register of the stack for an address of their own, and a
 *   handler that is called meanwhile writes over the heap there: a profiler, or Ctrl-C, could end the process or change its numbers.
 */
export async function patch(packageFolder: string): Promise<void> {
  const file = join(packageFolder, "binding", "tfjs_backend.cc");
  let source = await readFile(file, "utf8");
  for (const [place, changed] of [
    [TEXT, TEXT + TEXTS],
    [TYPE, TYPE + TYPES],
    [INCLUDES, INCLUDES + WAITING],
    [CONTEXT, `  SignalsWait signals_wait;\n${CONTEXT}`],
    [EXECUTE, `  SignalsWait signals_wait;\n${EXECUTE}`],
  ]) {
    if (source.split(place).length !== 2) throw new CannotBuild(`${file} is not the source that this command knows.`);
    source = source.replace(place, changed);
  }
  await writeFile(file, source);
}
