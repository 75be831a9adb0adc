/**
 * What every implementation of Signalling does, shown with telephones by script, SIPp, baresip, linphone and another
 * Kamailio as the provider. Nothing here knows how it is done.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { defineCallsIn } from "./calls-in.ts";
import { defineCallsOut } from "./calls-out.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { defineDeaths } from "./deaths.ts";
import { defineFloods } from "./floods.ts";
import { defineLinphone } from "./linphone-calls.ts";
import { defineProgramPhones } from "./program-phones.ts";
import { type OpenOptions, Scene, type Subject } from "./scene.ts";
import { defineSessionTimers } from "./session-timers.ts";
import { defineTrunkNames } from "./trunk-names.ts";
import { defineTrunks } from "./trunks.ts";

export type Open = (given?: Partial<Omit<OpenOptions, "listener" | "directory" | "tls">>) => Promise<Scene>;

/** What a test is given; scenes it opens are closed after it. */
export type Given = {
  readonly subject: Subject;
  readonly open: Open;
  readonly certificates: Certificates;
  /** Closed after the test, last first. */
  readonly stack: AsyncDisposableStack;
  readonly makeDirectory: () => Promise<string>;
};

export type Define = (
  name: string,
  run: (given: Given) => Promise<void>,
  options?: { /** Wanted besides the subject. */ readonly programs?: readonly string[] },
) => void;

const timeoutMs = 180_000;

export function testSignalling(subject: Subject): void {
  const define: Define = (name, run, { programs = [] } = {}) => {
    const skip = subject.skip || subject.cannot?.[name] || missing(["openssl", ...programs]);
    test(`${subject.name}: ${name}`, { skip, timeout: timeoutMs }, async () => {
      await using stack = new AsyncDisposableStack();
      const makeDirectory = async () => {
        const directory = await mkdtemp(join(tmpdir(), "veche-sip-"));
        stack.defer(() => rm(directory, { recursive: true, force: true }));
        return directory;
      };
      const certificates = await makeCertificates(await makeDirectory());
      const open: Open = async (given) => {
        const ports = { udp: await freePort(), tcp: await freePort(), tls: await freePort() };
        const directory = await makeDirectory();
        return stack.use(await Scene.open(subject, { ports, ...given, tls: certificates, directory }));
      };
      await run({ subject, open, certificates, stack, makeDirectory });
    });
  };
  defineCallsIn(define);
  defineCallsOut(define);
  defineSessionTimers(define);
  defineTrunks(define);
  defineTrunkNames(define);
  defineFloods(define);
  defineDeaths(define);
  defineProgramPhones(define);
  defineLinphone(define);
}

/** Why a test cannot run here, or false. */
export function missing(programs: readonly string[]): string | false {
  const absent = programs.filter((program) => spawnSync(program, ["-v"], { stdio: "ignore" }).error !== undefined);
  return absent.length === 0 ? false : `not on this machine: ${absent.join(", ")}`;
}
