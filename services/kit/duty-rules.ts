/** Which process of a role may take a signalling unit. */

export const dutyTimes = {
  /** Whoever is on duty says so this often, and whoever stands by looks. */
  renewMs: 1_000,
  retryMs: 200,
  /** Silent for so long, a process counts as lost. */
  leaseMs: 5_000,
  /** Silent for so long while another process of its host lives: it is not being restarted, it does not come back. */
  restartMs: 20_000,
} as const;

export type DutyRole = "xmpp" | "focus";

/** The process beside ours on the same host. */
export const partnerOf: Readonly<Record<DutyRole, DutyRole>> = { xmpp: "focus", focus: "xmpp" };

type Process = { readonly instance: string; readonly hostId: string };

export type DutyView = {
  readonly role: DutyRole;
  readonly me: Process;
  /** It is ours, or was, and somebody else took it. */
  readonly isOn: boolean;
  readonly wasReplaced: boolean;
  /** Whose the lease is, and for how long it has been silent, or absent. */
  readonly holder: Process | undefined;
  readonly silentMs: number;
  /** The host of the unit's other role, and how long that has been silent. */
  readonly partnerHost: string | undefined;
  readonly partnerSilentMs: number;
  /** Other hosts that have a process for this role. */
  readonly others: ReadonlySet<string>;
};

/**
 * A process on the same host is the successor of the one before and takes over at once; one on another host when the host on
 * duty is silent. A process that is away while its partner lives is being restarted, and waited for longer. The focus
 * belongs beside the unit's xmpp. What was taken by a successor stays the successor's.
 */
export function mayTake(view: DutyView): boolean {
  const { role, me, holder, silentMs, others } = view;
  if (holder?.instance === me.instance) return true;
  const partnerHost = view.partnerSilentMs < dutyTimes.leaseMs ? view.partnerHost : undefined;
  if (role === "focus" && partnerHost !== undefined && others.has(partnerHost)) {
    return silentMs >= dutyTimes.restartMs;
  }
  if (!holder) return true;
  if (holder.hostId === me.hostId) return !view.isOn && !view.wasReplaced;
  return silentMs >= (partnerHost === holder.hostId ? dutyTimes.restartMs : dutyTimes.leaseMs);
}
