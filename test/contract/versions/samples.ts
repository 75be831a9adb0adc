/** Messages made up from their descriptors, as they travel: proto3 JSON with every field, and every value of an enumeration. */
import { type DescField, type DescMessage, type JsonObject, type JsonValue, ScalarType } from "@bufbuild/protobuf";

/** Messages may hold themselves. */
const depthAtMost = 6;

/** As many as it takes for each value of each enumeration and each case of each choice to come up at the top. */
export function samplesOf(message: DescMessage): readonly JsonObject[] {
  const variants = Math.max(1, ...message.fields.map(variantsOf), ...message.oneofs.map(({ fields }) => fields.length));
  return Array.from({ length: variants }, (_, variant) => sampleOf(message, variant, 0));
}

function variantsOf({ enum: values }: DescField): number {
  return values?.values.length ?? 1;
}

function sampleOf(message: DescMessage, variant: number, depth: number): JsonObject {
  const chosen = new Set(message.oneofs.map(({ fields }) => fields[variant % fields.length]));
  const isSaid = (field: DescField) => field.oneof === undefined || chosen.has(field);
  return Object.fromEntries(
    message.fields
      .filter((field) => isSaid(field) && (depth < depthAtMost || field.message === undefined))
      .map((field) => [field.jsonName, jsonOf(field, variant, depth)]),
  );
}

function jsonOf(field: DescField, variant: number, depth: number): JsonValue {
  const single = singleOf(field, variant, depth);
  if (field.fieldKind === "list") return [single];
  return field.fieldKind === "map" ? { [field.mapKey === ScalarType.STRING ? "key" : "1"]: single } : single;
}

function singleOf({ message, enum: values, scalar }: DescField, variant: number, depth: number): JsonValue {
  if (message) return sampleOf(message, variant, depth + 1);
  if (values) return values.values[variant % values.values.length]?.name ?? "";
  if (scalar === undefined) throw new Error("expected a field of a known kind");
  return scalarOf(scalar);
}

function scalarOf(type: ScalarType): JsonValue {
  switch (type) {
    case ScalarType.STRING:
      return "text";
    case ScalarType.BOOL:
      return true;
    case ScalarType.BYTES:
      return "Ynl0ZXM=";
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return 0.5;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return "9007199254740993";
    default:
      return 7;
  }
}
