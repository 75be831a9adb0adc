/** What is asked of this gateway over the bus. */
import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { gateway as contracts, muc, calls as occupants } from "@veche/proto/subjects.ts";
import type { Calls } from "../call/calls.ts";

export type RequestsGiven = {
  readonly bus: Bus;
  readonly unit: string;
  readonly gateway: string;
  readonly calls: Calls;
};

export function serveRequests({ bus, unit, gateway, calls }: RequestsGiven): Disposable {
  const values = { gateway };
  const subscriptions: readonly Subscription[] = [
    bus.serve(contracts.dial, (request) => calls.dial(request), values),
    bus.serve(
      contracts.hangUp,
      ({ room, endpoint }) => {
        calls.hangUp(room, endpoint);
        return {};
      },
      values,
    ),
    // As a client does: the offer is acknowledged, and accepted in a request of our own.
    bus.serve(
      contracts.initiateSession,
      (offer) => {
        void calls.find(offer.room, offer.endpoint).bridge.initiate(offer);
        return {};
      },
      values,
    ),
    bus.serve(
      contracts.announceSources,
      ({ room, endpoint, jingleSession, sources }) => {
        calls.find(room, endpoint).bridge.announce(jingleSession, sources);
        return {};
      },
      values,
    ),
    bus.serve(
      contracts.withdrawSources,
      ({ room, endpoint, jingleSession, sources }) => {
        calls.find(room, endpoint).bridge.withdraw(jingleSession, sources);
        return {};
      },
      values,
    ),
    bus.serve(
      contracts.endSession,
      ({ room, endpoint, jingleSession }) => {
        calls.find(room, endpoint).bridge.end(jingleSession);
        return {};
      },
      values,
    ),
    bus.serve(
      contracts.askToMute,
      ({ room, endpoint, media }) => {
        const run = calls.find(room, endpoint);
        if (media === "audio") run.tell({ type: "mute-asked" });
        return {};
      },
      values,
    ),
    bus.subscribe(occupants.occupantChanged, (occupant) => calls.note(occupant), values),
    bus.subscribe(muc.serverUp, () => calls.enterAgain(), { unit }),
  ];
  return {
    [Symbol.dispose]() {
      for (const subscription of subscriptions) subscription.close();
    },
  };
}
