/** The tables of proto/README.md, from the contracts themselves. */
import { formatDuration } from "@veche/kit/setting.ts";
import type { EventContract } from "@veche/proto/contract.ts";
import { conference, recording, service, sip } from "@veche/proto/facts.ts";
import { type StreamContract, streams } from "@veche/proto/storage.ts";

const common = new Set(["tenant", "room", "session", "epoch", "seq", "time"]);

export function catalogueTable(): string {
  const facts: readonly EventContract[] = [
    ...Object.values(conference),
    ...Object.values(recording),
    ...Object.values(sip),
    ...Object.values(service),
  ];
  const rows = facts.map(({ subject, message }) => {
    const tokens = subject.split(".");
    const isConference = tokens[0] === "conference";
    const name = isConference ? tokens.slice(5).join(".") : subject.replaceAll(/[{}]/g, "");
    const fields = message.fields
      .map(({ jsonName }) => jsonName)
      .filter((field) => !isConference || !common.has(field));
    return `| \`${name}\` | \`${message.name}\` | ${fields.map((field) => `\`${field}\``).join(", ")} |`;
  });
  return ["| fact | message | fields |", "|---|---|---|", ...rows].join("\n");
}

export function streamTable(): string {
  const rows = Object.values<StreamContract>(streams).map(
    ({ name, subjects, maxAgeMs, maxBytes }) =>
      `| \`${name}\` | \`${subjects.join(", ")}\` | ${formatDuration(maxAgeMs)}, ${maxBytes / 1024 ** 2} MiB, the oldest go first |`,
  );
  return ["| stream | subjects | kept |", "|---|---|---|", ...rows].join("\n");
}
