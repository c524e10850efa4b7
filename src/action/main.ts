import { runAsProcess, processShell } from "#cli";
import { runAction } from "./run-action.ts";

await runAsProcess(process, (signal) => runAction(processShell(process), signal));
