import type { IncomingMessage } from "node:http";
import type { Checked } from "../accounts/fields.ts";
import { ApiError } from "./answer.ts";

/** The body of a request of that type, whole and bounded. */
export async function readBytes(request: IncomingMessage, type: string, limit: number): Promise<Buffer> {
  const found = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (found !== type) {
    throw new ApiError("invalid-argument", `expected the content type ${type}, found "${found.slice(0, 80)}"`, {
      status: 415,
    });
  }
  const tooLarge = () =>
    new ApiError("resource-exhausted", `a body has ${limit} bytes at most`, {
      status: 413,
      headers: { Connection: "close" },
    });
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > limit) throw tooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

export async function readJson(request: IncomingMessage, limit: number): Promise<JsonFields> {
  const text = (await readBytes(request, "application/json", limit)).toString("utf8");
  return new JsonFields(parseObject(text));
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw new ApiError("invalid-argument", "the body is no JSON", { cause: error });
  }
  throw new ApiError("invalid-argument", "the body is no JSON object");
}

/** The fields of a JSON object. All faults are told together, and a field nobody asked for is one of them. */
export class JsonFields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();
  readonly #faults: string[] = [];

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text<T>(name: string, check: (text: string) => Checked<T>): T | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value !== "string") return this.fault(`${name}: expected text`);
    const checked = check(value);
    return checked.ok ? checked.value : this.fault(`${name}: ${checked.fault}`);
  }

  flag(name: string): boolean | undefined {
    const value = this.#take(name);
    return value === undefined || typeof value === "boolean" ? value : this.fault(`${name}: expected true or false`);
  }

  integer(name: string, most: number): number | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
    return this.fault(`${name}: expected a whole number from 0 to ${most}`);
  }

  /** Of any type; null is a value too. */
  value<T>(name: string, check: (given: unknown) => Checked<T>): T | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    const checked = check(value);
    return checked.ok ? checked.value : this.fault(`${name}: ${checked.fault}`);
  }

  fault(fault: string): undefined {
    this.#faults.push(fault);
    return undefined;
  }

  /** Everything was asked for: throws if anything was wrong. */
  done(): void {
    const unknown = Object.keys(this.#values).filter((name) => !this.#asked.has(name));
    for (const name of unknown.slice(0, 10)) {
      this.fault(`"${name.slice(0, 40)}": no such field; there are ${[...this.#asked].join(", ")}`);
    }
    if (this.#faults.length > 0) throw new ApiError("invalid-argument", this.#faults.join("; "));
  }

  #take(name: string): unknown {
    this.#asked.add(name);
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }
}
