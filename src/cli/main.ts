import { runProgram } from "./program.ts";
import { runAsProcess } from "./run-as-process.ts";
import { processShell } from "./shell.ts";

await runAsProcess(process, (signal, serve) =>
  runProgram(process.argv.slice(2), { ...processShell(process), serve }, signal),
);
