"""The words that the painter knows, as tables: English only. Words are listed without endings that `understanding`
takes off (plurals, -y, -ing); phrases of several words count before the words in them."""

from __future__ import annotations

from components.backgrounds.scenes.mood import Hour, Palette, Season, Weather

SCENES: dict[str, dict[int, str]] = {
    "beach": {
        3: "beach, sea, ocean, shore, seashore, coast, coastline, seaside, palm, palm tree, tropical, tropic, "
        "island, lagoon, surf, bay, maldives, hawaii, caribbean, bali, miami, malibu, sandy beach",
        2: "vacation, holiday, paradise, wave, hammock, coconut, sailing, harbour, harbor",
        1: "sand, summer, sun, exotic",
    },
    "mountain-lake": {
        3: "mountain, mountain lake, lake, alp, alpine, peak, fjord, himalaya, patagonia, yosemite, matterhorn, "
        "dolomite, swiss, switzerland, loch",
        2: "river, valley, cliff, glacier, canyon, summit, waterfall, norway, canada, reflection, wilderness, "
        "landscape, nature",
        1: "rock, water, hike, hiking, pine, calm, outdoor, outside",
    },
    "city-night": {
        3: "city, cityscape, skyline, downtown, skyscraper, metropolis, urban, new york, manhattan, tokyo, london, "
        "paris, shanghai, hong kong, chicago, dubai, times square",
        2: "street, avenue, traffic, building, tower, town, rooftop, bokeh, bridge, apartment",
        1: "light, car, road, lamp",
    },
    "library": {
        3: "library, bookshelf, bookshelves, bookcase, bookstore, bookshop, archive, book",
        2: "shelf, shelves, study, university, reading, academia, dark academia, museum",
        1: "old, antique, vintage, wood, wooden, school, classroom",
    },
    "office": {
        3: "office, workspace, workplace, meeting, meeting room, conference, conference room, boardroom, coworking, "
        "home office, minimal office",
        2: "desk, corporate, business, startup, professional, work, modern, minimal, minimalist, interior, room, "
        "window, clean",
        1: "table, chair, computer, plant, white wall",
    },
    "forest-mist": {
        3: "forest, wood, woodland, woods, jungle, rainforest, redwood, pine forest, enchanted forest, grove, taiga",
        2: "tree, moss, fern, fairytale, trail, swamp",
        1: "green, nature, fantasy, magic, magical",
    },
    "aurora": {
        3: "aurora, northern light, northern lights, aurora borealis, polar light, iceland, arctic, lapland, "
        "antarctica",
        2: "polar, ice, iceberg, greenland, tundra, frozen lake",
        1: "snow, north, frozen",
    },
    "studio": {
        3: "studio, gradient, backdrop, abstract, plain, solid colour, solid color, wallpaper, photo studio, silk",
        2: "simple, shape, curtain, blur, texture, neutral",
        1: "background, colour, color, smooth",
    },
    "meadow": {
        3: "meadow, flower meadow, wildflower, hill, rolling hill, field, prairie, pasture, grassland, countryside, "
        "tuscany",
        2: "flower, grass, spring, farm, garden, tulip, poppy, sunflower, daisy, picnic, rural, scotland, ireland",
        1: "green, summer, blue sky, cloud",
    },
    "dunes": {
        3: "desert, dune, sahara, sand dune, arabian, gobi, arrakis, namib",
        2: "oasis, camel, egypt, morocco, mars, wasteland, pyramid",
        1: "sand, dry, hot",
    },
    "milky-way": {
        3: "milky way, stargazing, galaxy sky, constellation",
        2: "night sky, starry night, starry sky, star, starry, astronomy, meteor, shooting star, observatory, "
        "camping, campfire",
        1: "night, moon, sky",
    },
    "fireside": {
        3: "fireplace, fireside, living room, hearth, chalet, lounge, christmas",
        2: "cosy, cozy, sofa, couch, armchair, hygge, home, house, xmas, bedroom, candle, fire, log cabin, castle, "
        "tavern",
        1: "warm, cabin, comfortable, lamp",
    },
    "cafe": {
        3: "cafe, coffee shop, coffee, coffeehouse, espresso, barista, bar, pub, restaurant, bistro, diner, bakery",
        2: "kitchen, tea, counter, wine, jazz, shop, lo-fi, lofi",
        1: "cup, food",
    },
    "reef": {
        3: "underwater, under water, under the sea, below the sea, bottom of the sea, ocean floor, reef, coral, "
        "coral reef, aquarium, deep sea, undersea, atlantis, scuba",
        2: "fish, dive, diving, dolphin, shark, whale, turtle, submarine, mermaid, pool",
        1: "water, blue, deep",
    },
    "snow-village": {
        3: "village, snowy village, ski, skiing, christmas village, winter wonderland, ski resort, hamlet",
        2: "cabin, cottage, hut, sledge, igloo, lodge, winter, santa",
        1: "snow, cold, house, chalet",
    },
    "autumn-avenue": {
        3: "park, autumn park, alley, autumn, fall foliage, foliage, central park, maple, tree avenue, autumn forest",
        2: "leaf, leaves, path, lane, walkway, oak, fall, october, november, bench",
        1: "orange, gold, golden",
    },
    "lavender": {
        3: "lavender, provence, lavender field, vineyard, flower field",
        2: "purple field, crop, row, plantation",
        1: "purple, violet, lilac",
    },
    "cherry-blossom": {
        3: "cherry blossom, sakura, blossom, japanese garden, japan, japanese, kyoto, zen, zen garden, hanami",
        2: "pond, bridge over pond, temple, bonsai, petal, bamboo, torii, pagoda, china, chinese, korea, asian, "
        "anime, garden",
        1: "pink, spring, peaceful",
    },
    "loft": {
        3: "loft, brick, brick wall, industrial, warehouse, exposed brick, garage",
        2: "wall, apartment, podcast, string light, fairy light, bulb, hipster, rustic, houseplant, art gallery, "
        "gallery",
        1: "lamp, plant, vintage",
    },
    "neon-room": {
        3: "neon room, gaming, gaming room, gamer, arcade, led, rgb, nightclub, disco",
        2: "neon, cyberpunk, synthwave, vaporwave, futuristic, sci-fi, scifi, tech, techno, retro, 80s, hacker, "
        "club, laser, stream, streaming, game, party, stage, concert, spaceship, robot, matrix",
        1: "glow, glowing, future, pink",
    },
    "orbit": {
        3: "space, planet, orbit, nebula, galaxy, universe, cosmos, cosmic, outer space, earth, astronaut, "
        "interstellar",
        2: "star wars, star trek, alien, saturn, jupiter, solar, spacecraft, rocket, moon",
        1: "star, sky",
    },
}
"""Scene -> what a word counts for -> the words: 3 names the place, 2 belongs to it, 1 only leans towards it."""

HOURS: dict[Hour, str] = {
    "day": "day, daytime, daylight, noon, midday, afternoon, sunny, sunshine, sunlight, sunlit, bright day, broad "
    "daylight",
    "golden": "golden hour, golden light, sunset, dusk, evening, sundown, twilight, late afternoon, low sun, "
    "setting sun",
    "dawn": "dawn, sunrise, daybreak, morning, early morning, first light, rising sun",
    "night": "night, nighttime, midnight, moon, moonlight, moonlit, star, starry, nocturnal, dark, after dark",
}

SEASONS: dict[Season, str] = {
    "spring": "spring, springtime, april, may time, easter",
    "summer": "summer, summertime, july, august, midsummer",
    "autumn": "autumn, autumnal, fall, fall foliage, october, november, halloween",
    "winter": "winter, wintertime, wintry, snow, snowy, december, january, february, christmas, frost, frozen, snow "
    "covered",
}

WEATHERS: dict[Weather, str] = {
    "clear": "clear, clear sky, clear skies, cloudless, blue sky, sunny",
    "fog": "fog, foggy, mist, misty, haze, hazy",
    "rain": "rain, rainy, raining, drizzle, shower, wet, monsoon",
    "snow": "snow, snowy, snowing, snowfall, snowflake, blizzard, snowstorm, snow storm",
    "storm": "storm, stormy, thunder, thunderstorm, lightning, tempest, hurricane, rain storm",
}

PALETTES: dict[Palette, str] = {
    "warm": "warm, warm light, warm tone, warm colour, warm color, amber, cosy, cozy",
    "cold": "cold, cool, cool tone, cold light, icy, cold colour, cold color",
    "pastel": "pastel, soft colour, soft color, watercolour, watercolor",
    "neon": "neon, cyberpunk, synthwave, vaporwave",
    "monochrome": "monochrome, black and white, black white, greyscale, grayscale, b w, noir, monochromatic, grey, "
    "gray",
    "sepia": "sepia, vintage photo, old photo, brown",
    "red": "red, crimson, scarlet, ruby",
    "orange": "orange, tangerine, copper",
    "gold": "gold, golden, yellow",
    "green": "green, emerald, olive",
    "teal": "teal, turquoise, cyan, aqua",
    "blue": "blue, navy, azure, indigo",
    "purple": "purple, violet, lilac, magenta",
    "pink": "pink, rose",
}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


OWN_COLOUR = _set(
    "sky water sea ocean sand grass tree leaf leaves flower blossom petal brick wall hill cloud fire lamp rose "
    "meadow forest lavender lagoon wave door roof lantern jacket shirt hair dress foliage moss sun rock poppy "
    "tulip daisy sunflower balloon car boat umbrella kite bird fish coral hour"
)
"""Things that a colour may belong to: "green hills" asks for hills, not for a green picture."""

NEGATIONS = _set("no not without never avoid except minus excluding exclude non neither nor dont don't")
NEGATION_ENDS = _set("but with in on at by near under over behind beside just only instead during through")
"""What ends the reach of a "no": "no people on a beach" still asks for a beach."""

HAVE_A_DAY = frozenset({"city-night"})
"""Scenes composed at night that are shown by day to those who do not want a night."""

NEAREST: dict[str, str] = {
    "winter": "snow-village",
    "snow": "snow-village",
    "autumn": "autumn-avenue",
    "spring": "cherry-blossom",
    "summer": "beach",
    "fog": "forest-mist",
    "rain": "city-night",
    "storm": "beach",
    "night": "milky-way",
    "golden": "dunes",
    "dawn": "mountain-lake",
    "day": "meadow",
    "clear": "meadow",
    "neon": "neon-room",
    "warm": "fireside",
    "cold": "aurora",
    "pastel": "cherry-blossom",
    "monochrome": "studio",
    "sepia": "library",
    "red": "loft",
    "orange": "dunes",
    "gold": "dunes",
    "green": "forest-mist",
    "teal": "reef",
    "blue": "reef",
    "purple": "lavender",
    "pink": "cherry-blossom",
}
"""The scene for a prompt that names only a mood."""
