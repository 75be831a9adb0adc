import { cpuSecondsOf, residentKiBOf } from "../../process.ts";
import type { Target } from "../clients/wire.ts";

/** What one of the compared does at a moment; the parts of ours are told apart. */
export type Usage = {
  readonly cpuSeconds: number;
  /** Of nats-server alone. */
  readonly natsCpuSeconds: number;
  readonly residentKiB: number;
  readonly natsResidentKiB: number;
};

/** A server under load: fresh for each measurement. */
export interface Server extends AsyncDisposable {
  readonly target: Target;
  /** Rooms exist once the focus was asked for them. */
  readonly hasFocus: boolean;
  usage(): Usage;
}

export const serverNames = ["veche", "prosody", "ejabberd"] as const;
export type ServerName = (typeof serverNames)[number];

export const domain = "bench.example";
export const mucDomain = "muc.bench.example";

export function usageOf(pid: number, natsPid?: number): Usage {
  return {
    cpuSeconds: cpuSecondsOf(pid),
    natsCpuSeconds: natsPid === undefined ? 0 : cpuSecondsOf(natsPid),
    residentKiB: residentKiBOf(pid),
    natsResidentKiB: natsPid === undefined ? 0 : residentKiBOf(natsPid),
  };
}

/** HTTP answers something. */
export async function answersHttp(port: number, path: string): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  await response.arrayBuffer();
  return response.status < 500;
}
