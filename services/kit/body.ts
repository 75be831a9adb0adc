import {
  create,
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { VecheError } from "./errors.ts";

/** A message as it travels: proto3 JSON. `everyField` writes the zero values too, for readers without our schemas. */
export function encodeBody<M extends DescMessage>(schema: M, message: MessageInitShape<M>, everyField = false): string {
  try {
    const text = JSON.stringify(toJson(schema, create(schema, message), { alwaysEmitImplicit: everyField }));
    // Half of a surrogate pair can be written but not read: who says it hears of it, not those who listen.
    if (text.includes("\\ud")) fromJson(schema, JSON.parse(text) as JsonValue);
    return text;
  } catch (cause) {
    throw new VecheError("invalid-argument", `${schema.typeName} can't be written: ${messageOf(cause)}`, { cause });
  }
}

/** What one of us wrote, so that a fault in it is ours and not the asker's. */
export function encodeAnswer<M extends DescMessage>(schema: M, answer: MessageInitShape<M>): string {
  return ours(() => encodeBody(schema, answer));
}

export function decodeAnswer<M extends DescMessage>(schema: M, text: string): MessageShape<M> {
  return ours(() => decodeBody(schema, text));
}

function ours<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new VecheError("internal", messageOf(cause), { cause });
  }
}

/** Fields that are not known are left out. */
export function decodeBody<M extends DescMessage>(schema: M, text: string): MessageShape<M> {
  try {
    return fromJson(schema, JSON.parse(text) as JsonValue, { ignoreUnknownFields: true });
  } catch (cause) {
    throw new VecheError("invalid-argument", `not a ${schema.typeName}: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

export function sizeFault(body: string, limitBytes: number): VecheError | undefined {
  const bytes = Buffer.byteLength(body);
  if (bytes <= limitBytes) return undefined;
  return new VecheError("resource-exhausted", `a message is ≤ ${limitBytes} bytes, found ${bytes}`);
}
