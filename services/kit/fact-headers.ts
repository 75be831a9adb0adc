import type { EventContract } from "@veche/proto/contract.ts";
import type { FactHeaders } from "./bus.ts";

/** The attributes of CloudEvents 1.0 that go with a fact (proto/README.md, "Envelope"). */
export function factHeaders(contract: EventContract, { id, source, time }: FactHeaders): Record<string, string> {
  return {
    "ce-specversion": "1.0",
    "ce-id": id,
    "ce-type": contract.message.typeName,
    "ce-source": source,
    "ce-time": time,
    "ce-datacontenttype": "application/json",
  };
}
