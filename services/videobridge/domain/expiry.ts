/** A focus ends what it began; what it can't end any more, because it is gone, ends here. */
const endpointUnseenMs = 60_000;
const conferenceEmptyMs = 20_000;

export type Expirable =
  | { readonly type: "endpoint"; readonly seenAt: number }
  | { readonly type: "conference"; readonly endpoints: number; readonly emptySince: number };

export function isExpired(one: Expirable, now: number): boolean {
  switch (one.type) {
    case "endpoint":
      return now - one.seenAt >= endpointUnseenMs;
    case "conference":
      return one.endpoints === 0 && now - one.emptySince >= conferenceEmptyMs;
  }
}
