/** `npm start`: everything on this machine, until Ctrl-C. */
import { once } from "node:events";
import { join } from "node:path";
import { areNamesGood } from "../settings/startup.ts";
import { defaultDataDir } from "./data-dir.ts";
import { networkAddresses } from "./network-addresses.ts";
import { isRecordingWanted, missingForRecording } from "./recording.ts";
import { setUp } from "./setup.ts";
import { type ExtraRole, type LocalStack, startLocal } from "./stack.ts";
import { areTelephonesWanted, missingForTelephones } from "./telephones.ts";
import { LogFiles, terminalLine } from "./terminal.ts";

const isVerbose = process.argv.includes("--verbose");
const dataDir = defaultDataDir();

const say = (text: string) => console.log(`veche: ${text}`);

async function main(): Promise<void> {
  const asked = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => asked.abort());
  if (!areNamesGood(process.env, "process")) throw new Error("settings are at fault: nothing was started");
  await setUp(say);
  const logs = new LogFiles(join(dataDir, "log"));
  const stack = await startLocal({
    dataDir,
    extras: extraRoles(),
    signal: asked.signal,
    onLine: (from, line) => {
      logs.write(from, line);
      const text = terminalLine(from, line, isVerbose);
      if (text !== undefined) console.log(text);
    },
    onNotice: say,
  });
  greet(stack, logs.directory);
  if (!asked.signal.aborted) await once(asked.signal, "abort");
  say("ending");
  await stack.stop();
}

/** Not where something they need is missing: meetings need none of that. */
function extraRoles(): ExtraRole[] {
  const { env } = process;
  const wanted = [
    { role: "recorder", what: "recording is", isWanted: isRecordingWanted(env), missing: missingForRecording(env) },
    {
      role: "sip-gateway",
      what: "telephones are",
      isWanted: areTelephonesWanted(env),
      missing: missingForTelephones(env),
    },
    { role: "webhooks", what: "webhooks are", isWanted: areWebhooksWanted(env), missing: [] },
  ] as const;
  return wanted.flatMap(({ role, what, isWanted, missing }) => {
    if (!isWanted) return [];
    if (missing.length === 0) return [role];
    say(`${what} off: ${missing.join(" and ")} not found (Debian: apt-get install ${missing.join(" ")})`);
    return [];
  });
}

/** VECHE_WEBHOOKS=on or off; off unless said. */
function areWebhooksWanted({ VECHE_WEBHOOKS: text = "" }: NodeJS.ProcessEnv): boolean {
  if (!["on", "off", ""].includes(text)) throw new Error(`VECHE_WEBHOOKS: expected on or off, found "${text}"`);
  return text === "on";
}

function greet({ urls, ports }: LocalStack, logDirectory: string): void {
  say(`ready in ${(performance.now() / 1000).toFixed(1)} s`);
  console.log(`
  On this machine          ${urls.http}
  In the local network     ${
    networkAddresses()
      .map((address) => `https://${address}:${ports.https}`)
      .join("\n                           ") || urls.https
  }

  Media uses ${ports.media}/udp and ${ports.mediaTcp}/tcp. Browsers warn about the certificate until they trust the
  installation's own authority; ${urls.http} needs none.
  Logs are in ${logDirectory}. \`npm run events\` shows what happens, \`npm run users\` says who
  may sign in. Ctrl-C ends everything.
`);
}

try {
  await main();
} catch (error) {
  console.error(`veche: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
