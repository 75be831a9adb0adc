import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Element } from "../codec/xml/element.ts";
import type { Domains } from "../domains.ts";
import type { Gate } from "../edge/gate.ts";
import type { TurnEnd } from "../edge/turn-end.ts";
import type { Limits } from "../limits.ts";
import type { XmppMetrics } from "../metrics.ts";
import type { SignIn } from "../sasl/sign-in.ts";
import type { Doorway } from "./doorway.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** What both kinds of stream need. */
export type StreamsGiven = {
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly domains: Domains;
  readonly gate: Gate;
  readonly turnEnd: TurnEnd;
  readonly doorway: Doorway;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: XmppMetrics;
  readonly route: (session: Session, stanza: Element) => void;
  /** Resolves when the session as it is now is safe, or nothing more can be done for it. */
  readonly keep: (session: Session) => Promise<void>;
  /** Something of the session changed that its record has. */
  readonly touched: (session: Session) => void;
};
