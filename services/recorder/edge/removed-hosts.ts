import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import { HostSchema } from "@veche/proto/gen/veche/host/v1/host_pb.ts";
import { buckets } from "@veche/proto/storage.ts";

/**
 * Recorders let one another in by what their certificates say of their role, so here it counts that a host was removed:
 * bridges and gateways hear web alone. Has caught up when it resolves.
 */
export async function refuseRemovedHosts(bus: Bus, tls: PrivateTls): Promise<Disposable> {
  const revoked = new Map<string, readonly string[]>();
  const bucket = await bus.bucket(buckets.hosts, HostSchema);
  const watching: Subscription = await bucket.watch(({ key, value }) => {
    // What is no longer told of stays refused.
    if (value !== undefined) revoked.set(key, value.revoked);
    tls.revoke(new Set([...revoked.values()].flat()));
  });
  return { [Symbol.dispose]: () => watching.close() };
}
