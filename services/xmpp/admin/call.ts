import type { IncomingMessage } from "node:http";
import type { Checked } from "../accounts/fields.ts";
import { ApiError } from "./answer.ts";
import type { Asker } from "./authentication.ts";

/** One request that was admitted. */
export type Call = {
  readonly request: IncomingMessage;
  readonly asker: Asker;
  /** Of the account in the path; "" where there is none. */
  readonly name: string;
  readonly query: Query;
};

/** The parameters behind the question mark. One that nobody asked for is a fault. */
export class Query {
  readonly #values: URLSearchParams;
  readonly #asked = new Set<string>();
  readonly #faults: string[] = [];

  constructor(values: URLSearchParams) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    this.#asked.add(name);
    return this.#values.get(name) ?? undefined;
  }

  checked<T>(name: string, checked: Checked<T>): T | undefined {
    if (checked.ok) return checked.value;
    this.#faults.push(`${name}: ${checked.fault}`);
    return undefined;
  }

  choice<T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name);
    const value = values.find((known) => known === text);
    if (text !== undefined && value === undefined) this.#faults.push(`${name}: expected ${values.join(", ")}`);
    return value;
  }

  flag(name: string): boolean {
    return this.choice(name, ["true", "false"]) === "true";
  }

  integer(name: string, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
    this.#faults.push(`${name}: expected a whole number from 1 to ${most}`);
    return undefined;
  }

  done(): void {
    for (const name of this.#values.keys()) {
      if (!this.#asked.has(name)) this.#faults.push(`"${name.slice(0, 40)}": no such parameter`);
    }
    if (this.#faults.length > 0) throw new ApiError("invalid-argument", this.#faults.slice(0, 10).join("; "));
  }
}
