/** Colours and tones far enough apart to survive a lossy codec. */

export const palette = {
  red: [208, 32, 32],
  green: [32, 160, 48],
  blue: [40, 64, 208],
  yellow: [224, 200, 32],
  magenta: [200, 48, 200],
  cyan: [32, 192, 208],
  orange: [232, 120, 24],
  white: [235, 235, 235],
} as const;

export type Color = keyof typeof palette;

export type Identity = {
  readonly name: string;
  readonly color: Color;
  /** Of the screen when shared. */
  readonly screenColor: Color;
  readonly toneHz: number;
  /** Flashes white every two seconds, and sounds only then. */
  readonly claps?: boolean;
};

export const anna: Identity = { name: "Анна Петрова", color: "red", screenColor: "yellow", toneHz: 440 };
export const boris: Identity = { name: "Boris <b>B.</b>", color: "green", screenColor: "white", toneHz: 790 };
export const vera: Identity = { name: "Вера 3-я", color: "blue", screenColor: "orange", toneHz: 1210 };
export const gleb: Identity = { name: "Gleb", color: "magenta", screenColor: "cyan", toneHz: 1730 };

export function cssColor(color: Color): string {
  return `rgb(${palette[color].join(",")})`;
}

const nearRgb = 70;

/** The colour of the palette that "r,g,b" is, or what it is instead. */
export function nameColor(rgb: string): Color | string {
  const bands = rgb.split(",").map(Number);
  let best: Color | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of Object.keys(palette) as Color[]) {
    const distance = Math.hypot(...palette[name].map((value, band) => value - (bands[band] ?? Number.NaN)));
    if (distance < least) [best, least] = [name, distance];
  }
  return best !== undefined && least < nearRgb ? best : `rgb(${rgb})`;
}

const nearHz = 30;
const audibleDb = -60;

export function isTone(sound: { readonly hz: number; readonly db: number }, toneHz: number): boolean {
  return sound.db > audibleDb && Math.abs(sound.hz - toneHz) < nearHz;
}

export function isSilent(sound: { readonly db: number }): boolean {
  return sound.db <= audibleDb;
}
