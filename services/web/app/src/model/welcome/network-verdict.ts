export type NetworkVerdict = "good" | "fair" | "poor" | "none";

const TRIES = 5;
/** Beyond these people begin to talk at the same time (ITU-T G.114 counts both ways and the rest of the path). */
const GOOD_MS = 120;
const FAIR_MS = 300;
const TIMEOUT_MS = 3000;

export interface NetworkLook {
  readonly verdict: NetworkVerdict;
  readonly roundTripMs: number;
}

/** One try in five may go wrong, as after a phone's radio slept; the way there and back counts with its swings. */
export function judge(roundTripsMs: readonly (number | undefined)[]): NetworkLook {
  const times = roundTripsMs.filter((ms) => ms !== undefined).sort((a, b) => a - b);
  const middle = times[Math.floor(times.length / 2)];
  if (middle === undefined) return { verdict: "none", roundTripMs: 0 };
  const lost = roundTripsMs.length - times.length;
  const usual = times.slice(0, Math.max(1, times.length - 1));
  const swing = (usual.at(-1) ?? middle) - (usual[0] ?? middle);
  const felt = middle + swing;
  const verdict = lost > 1 || felt > FAIR_MS ? "poor" : lost > 0 || felt > GOOD_MS ? "fair" : "good";
  return { verdict, roundTripMs: Math.round(middle) };
}

/** Asks the server for next to nothing a few times. */
export async function lookAtNetwork(address: string): Promise<NetworkLook> {
  const times: (number | undefined)[] = [];
  // The first opens the connection.
  await roundTrip(address);
  for (let attempt = 0; attempt < TRIES; attempt++) times.push(await roundTrip(address));
  return judge(times);
}

async function roundTrip(address: string): Promise<number | undefined> {
  const begun = performance.now();
  try {
    await fetch(address, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    return performance.now() - begun;
  } catch {
    return undefined;
  }
}
