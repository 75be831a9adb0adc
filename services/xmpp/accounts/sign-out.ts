import type { Subscription } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { StreamCondition } from "../codec/rfc6120-stream.ts";
import type { Session } from "../stream/session.ts";
import type { EndReason } from "../stream/sessions.ts";
import type { AccountDirectory } from "./directory.ts";

type Given = {
  readonly accounts: Pick<AccountDirectory, "mayStay" | "onSignedOut">;
  readonly sessions: {
    all(): Iterable<Session>;
    end(session: Session, reason: EndReason, condition?: StreamCondition, text?: string): void;
  };
  readonly clock: Clock;
  /** A stream may be on its way from its sign-in to its session so long. */
  readonly signInMs: number;
};

/** Ends the streams of people whose account is removed, disabled or signed out, now and from now on. */
export function endSignedOutStreams({ accounts, sessions, clock, signInMs }: Given): Subscription {
  const again = new Map<string, Timer>();
  const end = (isAffected: (name: string) => boolean) => {
    for (const session of [...sessions.all()]) {
      const { kind, userId } = session.identity;
      if (kind !== "account" || !isAffected(userId) || accounts.mayStay(userId, session.createdMs)) continue;
      sessions.end(session, "error", "not-authorized", "the account was signed out");
    }
  };
  end(() => true);
  const listening = accounts.onSignedOut((name) => {
    end((userId) => userId === name);
    again.get(name)?.cancel();
    const timer = clock.after(signInMs, () => {
      again.delete(name);
      end((userId) => userId === name);
    });
    again.set(name, timer);
  });
  return {
    close: () => {
      listening.close();
      for (const timer of again.values()) timer.cancel();
    },
  };
}
