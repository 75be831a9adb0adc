/** `VECHE_JOIN='…' node deploy/hosts/join.ts --into <folder>`: joins a host without containers. */
import { resolve } from "node:path";
import { readArguments } from "../users/arguments.ts";
import { Fault } from "../users/fault.ts";
import { joinHost, oneFolder } from "./joining.ts";

try {
  const options = { into: { type: "string" } } as const;
  const { values } = readArguments(process.argv.slice(2), options, { least: 0, most: 0, expected: "no words" });
  if (!values.into)
    throw new Fault("usage", "expected --into <folder>: where the files go that the role is started with");
  const folder = resolve(values.into);
  await joinHost(process.env.VECHE_JOIN ?? "", oneFolder(folder), (line) => console.log(`join: ${line}`));
  console.log(`join: its settings are in ${folder}/host.env`);
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  console.error(`join: ${error.message}`);
  process.exitCode = error.exitCode;
}
