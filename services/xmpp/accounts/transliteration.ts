/** Names of accounts from names of people: "Иванова Мария Петровна" signs in as "ivanova.mariya". */

const cyrillic: Readonly<Record<string, string>> = {
  а: "a",
  б: "b",
  в: "v",
  г: "g",
  ґ: "g",
  д: "d",
  ђ: "dj",
  е: "e",
  ё: "e",
  є: "ye",
  ж: "zh",
  з: "z",
  и: "i",
  і: "i",
  ї: "yi",
  й: "y",
  ј: "j",
  к: "k",
  л: "l",
  љ: "lj",
  м: "m",
  н: "n",
  њ: "nj",
  о: "o",
  п: "p",
  р: "r",
  с: "s",
  т: "t",
  ћ: "c",
  у: "u",
  ў: "u",
  ф: "f",
  х: "kh",
  ц: "ts",
  ч: "ch",
  џ: "dz",
  ш: "sh",
  щ: "shch",
  ъ: "",
  ы: "y",
  ь: "",
  э: "e",
  ю: "yu",
  я: "ya",
  ә: "a",
  ғ: "g",
  қ: "k",
  ң: "n",
  ө: "o",
  ү: "u",
  ұ: "u",
  һ: "h",
  җ: "zh",
};

/** Latin letters that do not come apart into a letter and a mark. */
const latin: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ı: "i",
};

const words = 2;
const fallback = "user";

/** Lower-case Latin as far as there is a rule; letters of other scripts stay. */
export function transliterate(text: string): string {
  return [...text.normalize("NFC").toLowerCase()]
    .map((letter) => cyrillic[letter] ?? latin[letter] ?? letter)
    .join("")
    .normalize("NFD")
    .replace(/(\p{Script=Latin})\p{M}+/gu, "$1")
    .normalize("NFC");
}

/** The first two words of a display name, as a name of an account; the third is a patronymic. */
export function nameFrom(displayName: string, length: number): string {
  const name = transliterate(displayName)
    .split(/[\s,]+/u)
    .map((word) => word.replace(/[^\p{L}\p{M}\p{N}_-]/gu, "").replace(/^[^\p{L}\p{N}]+|[_-]+$/gu, ""))
    .filter((word) => word !== "")
    .slice(0, words)
    .join(".");
  return (
    [...name]
      .slice(0, length)
      .join("")
      .replace(/[._-]+$/u, "") || fallback
  );
}

/** `name`, or where that is taken `name2`, `name3`, … `from` is the first number to try. */
export function makeUnique(name: string, isTaken: (name: string) => boolean, from = 1): string {
  for (let number = from; ; number++) {
    const candidate = number === 1 ? name : `${name}${number}`;
    if (!isTaken(candidate)) return candidate;
  }
}
