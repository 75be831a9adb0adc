/** What callers are told. Sound of it is made by make.ts. */

export const languages = ["ru", "en"] as const;
export type Language = (typeof languages)[number];
type Text = Readonly<Record<Language, string>>;

export const texts = {
  welcome: { ru: "Здравствуйте! Это система видеоконференций.", en: "Hello! This is the conference service." },
  // Said after the welcome of the other language.
  "press-star": { ru: "Для русского языка нажмите звёздочку.", en: "For English, press star." },
  language: { ru: "Русский язык.", en: "English." },
  "enter-code": {
    ru: "Введите код конференции и нажмите решётку.",
    en: "Enter the conference code and press the hash key.",
  },
  "wrong-code": { ru: "Такого кода нет.", en: "There is no such code." },
  "try-again": { ru: "Попробуйте ещё раз.", en: "Please try again." },
  "too-many-codes": {
    ru: "Код не подошёл слишком много раз. Проверьте его и позвоните снова.",
    en: "Too many wrong codes. Please check the code and call again.",
  },
  "not-begun": {
    ru: "Конференция ещё не началась. Пожалуйста, подождите.",
    en: "The conference has not begun. Please wait.",
  },
  lobby: {
    ru: "Пожалуйста, подождите, пока ведущий вас впустит.",
    en: "Please wait until a moderator lets you in.",
  },
  "lobby-refused": { ru: "Ведущий вас не впустил.", en: "The moderator did not let you in." },
  "enter-password": {
    ru: "Конференция закрыта паролем. Введите пароль и нажмите решётку.",
    en: "This conference has a password. Enter it and press the hash key.",
  },
  "wrong-password": { ru: "Неверный пароль.", en: "Wrong password." },
  "room-full": {
    ru: "Конференция заполнена. Позвоните позже.",
    en: "The conference is full. Please call again later.",
  },
  joined: { ru: "Вы в конференции.", en: "You are in the conference." },
  muted: { ru: "Ваш микрофон выключен.", en: "You are muted." },
  unmuted: { ru: "Ваш микрофон включён.", en: "You are no longer muted." },
  "muted-by-moderator": { ru: "Ведущий выключил ваш микрофон.", en: "A moderator has muted you." },
  "only-moderator-unmutes": {
    ru: "Слово даёт только ведущий. Нажмите два, чтобы поднять руку.",
    en: "Only a moderator can let you speak. Press 2 to raise your hand.",
  },
  "may-speak": {
    ru: "Вам дали слово. Нажмите один, чтобы включить микрофон.",
    en: "You may speak now. Press 1 to unmute.",
  },
  "speaking-reserved": {
    ru: "Теперь говорят только те, кому ведущий даёт слово. Нажмите два, чтобы поднять руку.",
    en: "Only those whom a moderator allows may speak now. Press 2 to raise your hand.",
  },
  "hand-raised": { ru: "Рука поднята.", en: "Your hand is raised." },
  "hand-lowered": { ru: "Рука опущена.", en: "Your hand is lowered." },
  alone: { ru: "Кроме вас, в конференции никого нет.", en: "You are the only one in the conference." },
  kicked: { ru: "Ведущий удалил вас из конференции.", en: "A moderator has removed you from the conference." },
  ended: { ru: "Конференция окончена.", en: "The conference has ended." },
  "call-limit": { ru: "Время звонка истекло.", en: "The time of this call is over." },
  unavailable: {
    ru: "Конференция сейчас недоступна. Позвоните позже.",
    en: "The conference can't be reached just now. Please call again later.",
  },
  restarting: {
    ru: "Система перезапускается. Позвоните через минуту.",
    en: "The service is being restarted. Please call again in a minute.",
  },
  menu: {
    ru: "Нажмите один, чтобы выключить или включить микрофон. Два — поднять или опустить руку. Три — сколько человек в конференции. Девять — сменить язык. Ноль — послушать это ещё раз.",
    en: "Press 1 to mute or unmute yourself. 2 to raise or lower your hand. 3 to hear how many people there are. 9 to change the language. 0 to hear this again.",
  },
  goodbye: { ru: "До свидания!", en: "Goodbye!" },
  "people-before-one": { ru: "В конференции", en: "In the conference there is" },
  "people-before": { ru: "В конференции", en: "In the conference there are" },
  "people-one": { ru: "человек", en: "person" },
  "people-few": { ru: "человека", en: "people" },
  "people-many": { ru: "человек", en: "people" },
  "people-most": {
    ru: "В конференции больше девяноста девяти человек.",
    en: "There are more than ninety-nine people in the conference.",
  },
} as const satisfies Readonly<Record<string, Text>>;

/** Numbers that are one word: the others are put together of them. By their value. */
export const numbers: Readonly<Record<number, Text>> = {
  0: { ru: "ноль", en: "zero" },
  1: { ru: "один", en: "one" },
  2: { ru: "два", en: "two" },
  3: { ru: "три", en: "three" },
  4: { ru: "четыре", en: "four" },
  5: { ru: "пять", en: "five" },
  6: { ru: "шесть", en: "six" },
  7: { ru: "семь", en: "seven" },
  8: { ru: "восемь", en: "eight" },
  9: { ru: "девять", en: "nine" },
  10: { ru: "десять", en: "ten" },
  11: { ru: "одиннадцать", en: "eleven" },
  12: { ru: "двенадцать", en: "twelve" },
  13: { ru: "тринадцать", en: "thirteen" },
  14: { ru: "четырнадцать", en: "fourteen" },
  15: { ru: "пятнадцать", en: "fifteen" },
  16: { ru: "шестнадцать", en: "sixteen" },
  17: { ru: "семнадцать", en: "seventeen" },
  18: { ru: "восемнадцать", en: "eighteen" },
  19: { ru: "девятнадцать", en: "nineteen" },
  20: { ru: "двадцать", en: "twenty" },
  30: { ru: "тридцать", en: "thirty" },
  40: { ru: "сорок", en: "forty" },
  50: { ru: "пятьдесят", en: "fifty" },
  60: { ru: "шестьдесят", en: "sixty" },
  70: { ru: "семьдесят", en: "seventy" },
  80: { ru: "восемьдесят", en: "eighty" },
  90: { ru: "девяносто", en: "ninety" },
};

/** By the name of the prompt. */
export function spokenTexts(language: Language): ReadonlyMap<string, string> {
  const sentences = Object.entries(texts).map(([name, text]) => [name, text[language]] as const);
  const words = Object.entries(numbers).map(([value, text]) => [`number-${value}`, text[language]] as const);
  return new Map([...sentences, ...words]);
}
