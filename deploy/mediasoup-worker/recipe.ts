/** What the worker is built of, and whether the recipe still fits the mediasoup that is installed. */
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const here = import.meta.dirname;

export type Mediasoup = { readonly version: string; readonly directory: string };

/** The package as the videobridge finds it. */
export function findMediasoup(): Mediasoup {
  const fromBridge = createRequire(resolve(here, "../../services/videobridge/package.json"));
  const directory = resolve(dirname(fromBridge.resolve("mediasoup")), "../..");
  const { version }: { version: string } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  return { version, directory };
}

export function workerSources({ directory }: Mediasoup): string {
  return join(directory, "worker");
}

/** Changes with whatever changes the binary. */
export function buildKey({ version }: Mediasoup): string {
  const hash = createHash("sha256");
  for (const file of globSync(["Makefile", "pch.hpp", "shim/**/*.h", "nomination/**/*.{hpp,cpp}"], {
    cwd: here,
  }).sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(here, file)))
      .update("\0");
  return `${version}-${process.platform}-${process.arch}-${hash.digest("hex").slice(0, 12)}`;
}

export function downloadKey({ version }: Mediasoup): string {
  return `${version}-${process.platform}-${process.arch}-prebuilt`;
}

/** What no longer fits, one sentence each. The Makefile compiles every source it finds: meson.build says which are meant. */
export function findDrift(worker: string): string[] {
  const meant = [
    ...listedSources(join(worker, "meson.build"), "", ["common_sources", "executable_sources"]),
    ...listedSources(join(worker, "deps/libwebrtc/meson.build"), "deps/libwebrtc/", ["libwebrtc_sources"]),
  ].filter((file) => file.startsWith("src/") || file.startsWith("deps/"));
  const found = globSync(["src/**/*.{cpp,cc}", "deps/libwebrtc/**/*.{cpp,cc}"], { cwd: worker });
  const missing = meant.filter((file) => !found.includes(file));
  const extra = found.filter((file) => !meant.includes(file) && file !== "src/main.cpp");
  return [
    ...(meant.length < 100 ? [`meson.build: expected the lists of sources, found ${meant.length} files`] : []),
    ...missing.map((file) => `meson.build lists ${file}, which the recipe does not find`),
    ...extra.map((file) => `the recipe would compile ${file}, which meson.build does not list`),
    ...findPatchDrift(worker),
  ];
}

/** What the Makefile corrects, or writes something beside. */
const patchedLines: readonly { readonly file: string; readonly text: string; readonly after?: string }[] = [
  { file: "src/RTC/DtlsTransport.cpp", text: "(operationType == BIO_CB_RETURN)" },
  { file: "src/RTC/ICE/IceServer.cpp", text: "Protect()", after: "invalid ICE-CONTROLLED attribute" },
  { file: "src/RTC/ICE/IceServer.cpp", text: "if (request->GetIceControlled())" },
  {
    file: "src/RTC/ICE/IceServer.cpp",
    text: "If state is 'connected' or 'completed' after handling the tuple, then",
    after: "// Handle the tuple.",
  },
  { file: "src/RTC/ICE/IceServer.cpp", text: "ProcessStunResponse(packet);" },
  { file: "include/RTC/ICE/IceServer.hpp", text: '#include "RTC/ICE/StunPacket.hpp"' },
  { file: "include/RTC/ICE/IceServer.hpp", text: "bool isRemovingTuples{ false };" },
  {
    file: "src/RTC/WebRtcTransport.cpp",
    text: "NOTE: Just take the first fingerprint",
    after: "const auto* dtlsParameters = body->dtlsParameters();",
  },
];

/** How far after `after` the text may be. */
const nearbyLines = 24;

function findPatchDrift(worker: string): string[] {
  return patchedLines.flatMap(({ file, text, after }) => {
    const source = readFileSync(join(worker, file), "utf8");
    const count = (place: string) => place.split(text).length - 1;
    const nearby = (source.split(after ?? "")[1] ?? "").split("\n").slice(0, nearbyLines).join("\n");
    const times = count(after === undefined ? source : nearby);
    return times === 1 ? [] : [`${file}: expected "${text}" once where it is corrected, found it ${times} times`];
  });
}

/** Every list that is assigned or added to one of these names, conditions aside. */
function listedSources(path: string, prefix: string, names: readonly string[]): string[] {
  const text = readFileSync(path, "utf8");
  const lists = text.matchAll(/^ *(\w+) \+?= \[([^\]]*)\]/gm);
  return [...lists].flatMap(([, name = "", list = ""]) =>
    names.includes(name) ? [...list.matchAll(/'([^']+)'/g)].map(([, file]) => prefix + file) : [],
  );
}
