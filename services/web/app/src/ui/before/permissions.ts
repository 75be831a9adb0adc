import type { App } from "../../model/app.ts";
import { Permissions } from "../../model/media/permission.ts";
import { useApp } from "../parts/context.ts";

const known = new WeakMap<App, Permissions>();

/** One look at them for the whole visit; what is allowed later is opened at once. */
export function usePermissions(): Permissions {
  const app = useApp();
  const { media } = app;
  let permissions = known.get(app);
  if (!permissions) {
    permissions = new Permissions(
      (what) => void (what === "camera" ? media.setVideoMuted(false) : media.setAudioMuted(false)),
    );
    known.set(app, permissions);
  }
  return permissions;
}
