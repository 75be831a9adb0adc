import { computed, type ReadonlySignal, signal } from "@preact/signals-core";

type Wanted = "microphone" | "camera";

/** What stands between the page and a device it may not use. */
export type Obstacle =
  /** This person, or this browser for them. */
  | "browser"
  /** The browser would, but the system below does not let it. */
  | "system"
  /** The page around this one does not pass it on. */
  | "frame";

/** What the browser says of microphone and camera without being asked to open them. Some say nothing. */
export class Permissions {
  readonly #states = {
    microphone: signal<PermissionState | undefined>(undefined),
    camera: signal<PermissionState | undefined>(undefined),
  };
  /** The browser has a question open, or will have one. */
  readonly isAsking: ReadonlySignal<boolean> = computed(() =>
    Object.values(this.#states).some(({ value }) => value === "prompt"),
  );

  /** Calls back when somebody has allowed what they had refused. */
  constructor(allowed: (what: Wanted) => void) {
    for (const what of ["microphone", "camera"] as const) void this.#follow(what, () => allowed(what));
  }

  obstacle(what: Wanted): Obstacle {
    if (!isPassedOn(what)) return "frame";
    return this.#states[what].value === "granted" ? "system" : "browser";
  }

  async #follow(what: Wanted, allowed: () => void): Promise<void> {
    try {
      const status = await navigator.permissions.query({ name: what as PermissionName });
      this.#states[what].value = status.state;
      status.addEventListener("change", () => {
        const before = this.#states[what].peek();
        this.#states[what].value = status.state;
        if (before === "denied" && status.state === "granted") allowed();
      });
    } catch {
      // Not every browser lets these be asked for.
    }
  }
}

function isPassedOn(what: Wanted): boolean {
  const policy = (document as { featurePolicy?: { allowsFeature(name: string): boolean } }).featurePolicy;
  return policy?.allowsFeature(what) ?? true;
}
