/** Kamailio with SIP.js as the suite wants it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLog } from "@veche/kit/log.ts";
import { openKamailio } from "../kamailio/open.ts";
import type { Signalling } from "../signalling.ts";
import type { OpenOptions, Subject } from "./scene.ts";

export function open(options: OpenOptions): Promise<Signalling> {
  const { trunks, listener, ports, tls, allowsUnknown, sessionTimer, directory } = options;
  return openKamailio({
    trunks,
    listener,
    log: silentLog,
    listen: { address: "127.0.0.1", ...ports },
    tls,
    allowsUnknown,
    sessionTimer,
    process: { kind: "own", program: "kamailio", directory },
  });
}

export function kamailio(skip: string | false): Subject {
  const processId = async (directory: string) => Number(await readFile(join(directory, "kamailio.pid"), "utf8"));
  return { name: "kamailio", skip, open, processId, module: import.meta.filename };
}
