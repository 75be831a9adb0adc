import type { Language } from "../../i18n/i18n.ts";

export interface WordLists {
  readonly qualities: readonly string[];
  readonly actors: readonly string[];
  readonly manners: readonly string[];
  readonly deeds: readonly string[];
  readonly colours: readonly string[];
  readonly things: readonly string[];
}

const list = (words: string) => words.trim().split(/\s+/);

/** All plural, so that any word fits any other. */
export const WORDS: Readonly<Record<Language, WordLists>> = {
  en: {
    qualities:
      list(`Brave Calm Clever Cosy Curious Daring Eager Early Fluffy Friendly Gentle Giddy Grand Happy Hardy Honest Humble
      Jolly Keen Kind Lively Lucky Merry Mighty Modest Nimble Noble Patient Playful Polite Proud Quick Quiet Rapid Rare Ready Robust
      Serene Shy Silent Sleepy Smart Smiling Snowy Sparkling Speedy Spry Steady Sunny Swift Tall Tender Thankful Tidy Tiny Tireless
      Trusty Upbeat Warm Watchful Wise Witty Young Zesty`),
    actors:
      list(`Badgers Bears Beavers Bees Bisons Camels Cats Cranes Crickets Deer Dolphins Doves Dragons Ducks Eagles Elks Falcons Finches
      Foxes Frogs Geckos Geese Giraffes Goats Hares Hawks Hedgehogs Herons Horses Jackdaws Kites Koalas Larks Lemurs Lions Llamas Lynxes
      Magpies Martens Mice Moles Moths Newts Orioles Otters Owls Pandas Parrots Pelicans Penguins Ponies Puffins Rabbits Ravens Robins
      Salmons Seals Sparrows Squirrels Storks Swans Tigers Turtles Walruses Whales Wolves Wrens Zebras`),
    manners:
      list(`Always Boldly Briskly Calmly Carefully Cheerfully Closely Daily Deeply Eagerly Easily Evenly Fairly Fondly Freely Gently Gladly
      Happily Kindly Lightly Neatly Often Openly Patiently Politely Promptly Proudly Quickly Quietly Rarely Seldom Silently Slowly Smoothly
      Softly Soundly Steadily Surely Swiftly Tenderly Truly Twice Warmly Wisely`),
    deeds:
      list(`Admire Arrange Bake Balance Borrow Bring Build Carry Carve Catch Choose Collect Compare Count Cover Decorate Deliver Describe
      Discover Draw Examine Explain Explore Fetch Find Follow Gather Guard Guess Hide Imagine Invent Juggle Knit Launch Learn Lift Measure
      Mend Move Number Observe Order Paint Plant Polish Protect Remember Repair Share Shape Sort Study Teach Trace Trade Weigh Weave`),
    colours:
      list(`Amber Azure Beige Black Blue Bronze Brown Copper Coral Cream Crimson Crystal Emerald Glass Golden Green Grey Hazel Indigo Ivory
      Jade Lemon Lilac Lime Linen Magenta Maroon Mint Mossy Navy Ochre Olive Orange Paper Peach Pearl Pink Plum Purple Red Rose Ruby Rusty
      Scarlet Silken Silver Striped Tawny Teal Turquoise Velvet Violet White Wooden Woollen Yellow`),
    things:
      list(`Anchors Apples Baskets Bells Benches Boats Books Bottles Bridges Brushes Buttons Candles Carpets Castles Chairs Clocks Clouds
      Comets Compasses Cones Crowns Cubes Cups Curtains Doors Drums Envelopes Feathers Fences Flags Flutes Gardens Gates Globes Gloves Hats
      Islands Jackets Kettles Keys Ladders Lamps Lanterns Leaves Letters Maps Marbles Meadows Mirrors Moons Mountains Needles Orchards Pears
      Pebbles Pencils Pianos Pillows Planets Puzzles Rivers Rockets Ropes Scarves Shells Spoons Stairs Stars Stones Towers Trains Tulips
      Umbrellas Valleys Violins Waves Wheels Whistles Windows`),
  },
  ru: {
    qualities:
      list(`Бодрые Большие Быстрые Важные Верные Весёлые Внимательные Вольные Гибкие Гордые Громкие Дерзкие Добрые Дружные Живые
      Забавные Загадочные Задумчивые Зоркие Искренние Крепкие Ласковые Лёгкие Летние Ловкие Лохматые Любопытные Маленькие Мирные Могучие
      Молодые Мудрые Мягкие Надёжные Находчивые Нежные Неспешные Опытные Осенние Отважные Певучие Пушистые Ранние Редкие Резвые Румяные
      Рыжие Светлые Северные Серьёзные Скромные Смелые Снежные Спокойные Старинные Степенные Счастливые Сонные Терпеливые Тихие Умелые Умные
      Усатые Хвостатые Хитрые Храбрые Честные Чуткие Шустрые Юные`),
    actors:
      list(`Аисты Барсуки Белки Бобры Бурундуки Верблюды Волки Вороны Галки Гепарды Голуби Грачи Гуси Дельфины Дрозды Дятлы Ежи Ёжики Еноты
      Жаворонки Жирафы Журавли Зайцы Зебры Зубры Зяблики Кабаны Киты Козы Коты Кроты Кролики Куницы Лебеди Лемуры Лисы Лоси Лошади Лягушки
      Львы Медведи Моржи Мотыльки Муравьи Мыши Нерпы Олени Ондатры Орлы Осьминоги Панды Пеликаны Пингвины Пони Пчёлы Рыси Синицы Скворцы
      Слоны Снегири Совы Соколы Соловьи Стрижи Сурки Тигры Тюлени Утки Филины Хомяки Цапли Черепахи Чижи Щеглы Ящерицы`),
    manners:
      list(`Аккуратно Бережно Бесшумно Бодро Быстро Вежливо Весело Вместе Внимательно Всегда Давно Дважды Днём Долго Дружно Ежедневно
      Живо Заботливо Зимой Искусно Легко Летом Ловко Медленно Мирно Мягко Надёжно Незаметно Нежно Ночью Осенью Осторожно Охотно Плавно
      Подробно Постоянно Прилежно Рано Ровно Смело Сообща Спокойно Старательно Степенно Терпеливо Тихо Умело Усердно Утром Часто Честно Чутко`),
    deeds:
      list(`Берегут Варят Везут Взвешивают Видят Вышивают Дарят Двигают Держат Дополняют Достают Ждут Запоминают Ищут Изучают Измеряют Клеят
      Ловят Любят Меняют Мастерят Моют Находят Несут Нумеруют Объясняют Обходят Описывают Открывают Переносят Плетут Поднимают Покупают
      Поливают Помнят Прячут Раздают Развозят Разгадывают Раскладывают Рисуют Сажают Сортируют Собирают Сравнивают Строят Считают Тянут
      Угадывают Украшают Учат Хранят Чертят Чинят Читают Чистят Шьют`),
    colours:
      list(`Алые Бархатные Бежевые Белые Бирюзовые Бронзовые Бумажные Бурые Васильковые Вишнёвые Глиняные Голубые Деревянные Жёлтые
      Жемчужные Зелёные Золотые Изумрудные Каменные Каштановые Кожаные Коралловые Коричневые Красные Кремовые Лазурные Лиловые Лимонные
      Льняные Малиновые Медные Молочные Мраморные Мятные Оливковые Оранжевые Ореховые Персиковые Пёстрые Песочные Плетёные Полосатые Прозрачные
      Пурпурные Розовые Рубиновые Салатовые Серебряные Серые Синие Сиреневые Сливовые Стальные Стеклянные Тёмные Фарфоровые Фиолетовые
      Хрустальные Чёрные Шерстяные Шоколадные Янтарные Яркие`),
    things:
      list(`Альбомы Арки Барабаны Башни Беседки Блокноты Бочки Букеты Бусы Вагоны Варежки Весы Вёсла Волны Ворота Глобусы Горы Города Двери Дворцы
      Деревья Дома Дороги Жёлуди Замки Зеркала Звёзды Зонты Игрушки Каналы Карандаши Карты Качели Кисти Клубки Ключи Книги Ковры Коробки
      Корабли Корзины Краски Кубики Кувшины Ладьи Лампы Лестницы Листья Лодки Ложки Луга Маяки Мельницы Мосты Мячи Облака Огни Озёра Окна
      Орехи Острова Паруса Перья Песни Планеты Платки Поезда Поля Пояса Ракеты Реки Ромашки Рощи Сады Санки Свечи Сказки Скрипки Снежинки Тетради
      Тропинки Узоры Фонари Флаги Цветы Часы Чашки Шарфы Шары Шишки Шкатулки Шляпы Яблоки Якоря Ящики`),
  },
};
