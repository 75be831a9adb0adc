/** Values of options: what is not among those expected is said with the option's name. */

export function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T[] {
  return text.split(",").map((part) => {
    const found = known.find((one) => one === part);
    if (!found) throw new Error(`--${name}: expected some of ${known.join()}, found "${part}"`);
    return found;
  });
}

export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name}: expected whole numbers from ${least} to ${most}, found "${text}"`);
}
