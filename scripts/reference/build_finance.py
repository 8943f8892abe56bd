"""Rebuilds merchant_categories.csv and occupations.csv in configs/reference/.

Run by hand, never at install or run time, in an environment that holds the iso18245 named in SOURCES.md:

    python scripts/reference/build_finance.py
"""

from __future__ import annotations

import iso18245
from lists import write

Figures = tuple[float, float, int]
"""Typical amount of a payment in USD, share of payments at which the card is present, weight (share of merchants)."""

CATEGORIES: dict[str, dict[str, Figures]] = {
    "Groceries": {
        "5411": (62, 0.94, 60),
        "5499": (14.5, 0.96, 45),
        "5462": (11.5, 0.96, 14),
        "5441": (18, 0.9, 4),
        "5921": (32, 0.95, 14),
    },
    "Restaurants": {
        "5812": (38, 0.88, 85),
        "5814": (13.5, 0.86, 80),
        "5813": (29, 0.95, 22),
        "5811": (240, 0.4, 5),
    },
    "Fuel": {
        "5541": (41, 0.98, 36),
        "5542": (46, 0.99, 24),
    },
    "General retail": {
        "5311": (72, 0.75, 10),
        "5310": (38, 0.88, 12),
        "5331": (17, 0.93, 12),
        "5300": (118, 0.92, 5),
        "5399": (44, 0.7, 8),
        "5999": (52, 0.6, 14),
        "5942": (27, 0.6, 7),
        "5943": (33, 0.75, 6),
        "5945": (41, 0.6, 8),
        "5947": (29, 0.75, 9),
        "5992": (58, 0.45, 6),
        "5995": (46, 0.75, 8),
    },
    "Clothing": {
        "5611": (78, 0.7, 5),
        "5621": (64, 0.62, 10),
        "5641": (46, 0.65, 5),
        "5651": (68, 0.7, 12),
        "5661": (82, 0.65, 9),
        "5691": (74, 0.68, 10),
        "5944": (185, 0.7, 5),
    },
    "Home": {
        "5200": (105, 0.85, 8),
        "5211": (128, 0.88, 6),
        "5251": (36, 0.92, 8),
        "5261": (61, 0.9, 5),
        "5712": (420, 0.6, 7),
        "5719": (66, 0.55, 6),
        "5722": (480, 0.65, 4),
    },
    "Electronics": {
        "4812": (160, 0.6, 5),
        "5732": (190, 0.5, 8),
        "5734": (88, 0.3, 4),
    },
    "Health": {
        "0742": (145, 0.8, 6),
        "5912": (31, 0.9, 18),
        "8011": (95, 0.6, 12),
        "8021": (165, 0.65, 9),
        "8042": (130, 0.7, 4),
        "8043": (155, 0.7, 4),
        "8062": (380, 0.4, 3),
        "8099": (85, 0.5, 6),
    },
    "Travel": {
        "4112": (68, 0.2, 3),
        "4511": (345, 0.04, 7),
        "4722": (410, 0.1, 5),
        "7011": (210, 0.55, 14),
        "7033": (75, 0.6, 2),
        "7512": (220, 0.6, 5),
    },
    "Local transport": {
        "4111": (9.5, 0.7, 8),
        "4121": (21, 0.2, 16),
        "4215": (24, 0.45, 5),
        "4784": (7.5, 0.4, 5),
        "7523": (14, 0.85, 10),
    },
    "Vehicles": {
        "5511": (620, 0.85, 4),
        "5532": (260, 0.9, 4),
        "5533": (68, 0.88, 7),
        "7538": (280, 0.9, 10),
        "7542": (13, 0.9, 8),
    },
    "Leisure": {
        "7832": (27, 0.6, 6),
        "7922": (135, 0.15, 5),
        "7941": (95, 0.4, 4),
        "7991": (34, 0.7, 4),
        "7996": (88, 0.6, 2),
        "7997": (62, 0.35, 22),
        "7999": (48, 0.6, 8),
    },
    "Personal care": {
        "7216": (28, 0.92, 5),
        "7230": (46, 0.88, 20),
        "7298": (88, 0.8, 7),
    },
    "Education": {
        "8220": (540, 0.1, 4),
        "8299": (95, 0.3, 5),
        "8351": (230, 0.25, 5),
    },
    "Services": {
        "0780": (165, 0.4, 4),
        "1520": (850, 0.4, 3),
        "1711": (390, 0.55, 5),
        "7349": (140, 0.35, 5),
        "7699": (110, 0.7, 4),
        "8111": (420, 0.3, 5),
        "8931": (260, 0.25, 4),
    },
    "Utilities": {
        "4814": (78, 0.06, 9),
        "4899": (64, 0.02, 7),
        "4900": (132, 0.05, 10),
    },
    "Insurance": {
        "6300": (148, 0.02, 8),
    },
    "Online": {
        "4816": (18, 0, 9),
        "5815": (12, 0, 14),
        "5816": (16, 0, 10),
        "5817": (11, 0, 10),
        "5818": (19, 0, 8),
        "5964": (58, 0, 8),
        "5968": (24, 0, 12),
    },
    "Public": {
        "8398": (55, 0.1, 6),
        "9222": (85, 0.3, 3),
        "9311": (320, 0.05, 3),
        "9399": (64, 0.35, 5),
        "9402": (13.5, 0.85, 7),
    },
}
"""Categories of ISO 18245 by industry. The industries and all figures are assumptions of ours; a card is never present at
what is sold online alone."""

RANGES = """
5411 8 250, 5499 3 45, 5462 3 40, 5441 4 60, 5921 8 150
5812 10 180, 5814 4 45, 5813 6 130, 5811 80 1500
5541 15 90, 5542 20 95
5311 12 450, 5310 6 220, 5331 2 80, 5300 25 450, 5399 6 250, 5999 6 350, 5942 6 120
5943 4 200, 5945 7 250, 5947 5 140, 5992 20 220, 5995 8 220
5611 18 600, 5621 15 450, 5641 12 220, 5651 15 400, 5661 25 350, 5691 15 500, 5944 25 2500
5200 8 900, 5211 10 1500, 5251 4 220, 5261 8 400, 5712 45 3500, 5719 10 500, 5722 60 2800
4812 15 1300, 5732 12 2200, 5734 10 500
0742 45 1200, 5912 4 180, 8011 20 500, 8021 40 1500, 8042 40 450, 8043 40 700, 8062 50 3000, 8099 20 500
4112 8 400, 4511 70 1800, 4722 60 3500, 7011 70 1600, 7033 25 400, 7512 50 900
4111 2.5 130, 4121 6 110, 4215 7 150, 4784 1.5 45, 7523 2 60
5511 60 3000, 5532 60 1200, 5533 8 400, 7538 45 2200, 7542 7 45
7832 9 90, 7922 30 700, 7941 20 600, 7991 10 200, 7996 30 500, 7997 10 250, 7999 10 250
7216 8 120, 7230 18 250, 7298 35 400
8220 50 3500, 8299 25 600, 8351 60 900
0780 45 900, 1520 150 3500, 1711 90 3500, 7349 60 600, 7699 25 500, 8111 100 3500, 8931 80 1500
4814 20 250, 4899 20 220, 4900 25 450, 6300 30 900
4816 5 80, 5815 2 60, 5816 1 100, 5817 1 60, 5818 2 100, 5964 10 400, 5968 5 80
8398 5 500, 9222 25 350, 9311 30 3000, 9399 10 350, 9402 1 90
"""
"""The least and the most in USD that is paid at once to a merchant of a code, by a private customer. An assumption of ours: what a full
tank, a table for two or a cart of groceries costs at prices of 2023 and 2024."""

BUSY = {
    "meals": "5812",
    "quick_meals": "5814",
    "mornings": "5462",
    "nights": "5813",
    "evenings": "4121 7832 7922 7941",
    "commute": "4111 4112 4784 5541 5542 7523",
    "late_afternoons": "5300 5411 5499 5912 5921",
    "at_home": "4511 4722 4816 5734 5815 5816 5817 5818 5964 5968",
    "office_hours": "0742 0780 1520 1711 4215 5511 5532 5811 7349 7512 7538 7699 8011 8021 8042 8043 8062 8099 8111 8220 8299 8351 8398 "
    "8931 9222 9311 9399 9402",
    "any_time": "4814 4899 4900 6300 7011 7033 7997",
}
"""When most is bought of the merchants of a code; all others are open, and busy, in `shop_hours`. An assumption of ours."""

OCCUPATIONS = [
    (2, "Chief executive", 1_235_982),
    (3, "Operations manager", 979_666),
    (6, "Marketing manager", 537_964),
    (7, "Sales manager", 454_598),
    (11, "Information systems manager", 588_046),
    (12, "Financial manager", 1_185_611),
    (14, "Human resources manager", 412_183),
    (16, "Production manager", 252_623),
    (18, "Distribution manager", 249_636),
    (19, "Farmer", 556_721),
    (20, "Construction manager", 720_832),
    (21, "Education administrator", 985_053),
    (22, "Engineering manager", 172_535),
    (23, "Food service manager", 994_517),
    (27, "Health services manager", 727_288),
    (30, "Property manager", 649_399),
    (31, "Community service manager", 398_512),
    (34, "Manager", 3_991_245),
    (37, "Retail buyer", 211_677),
    (38, "Purchasing agent", 280_096),
    (39, "Claims adjuster", 328_867),
    (40, "Compliance officer", 282_624),
    (41, "Cost estimator", 144_370),
    (42, "Human resources specialist", 892_314),
    (44, "Training specialist", 150_952),
    (46, "Project manager", 718_385),
    (47, "Management analyst", 905_033),
    (48, "Event planner", 133_341),
    (50, "Market research analyst", 342_331),
    (51, "Business operations specialist", 336_616),
    (52, "Accountant", 2_029_867),
    (56, "Financial analyst", 221_314),
    (57, "Financial advisor", 387_427),
    (58, "Insurance underwriter", 105_981),
    (60, "Loan officer", 316_479),
    (62, "Tax preparer", 104_606),
    (65, "Systems analyst", 551_428),
    (66, "Information security analyst", 108_623),
    (67, "Computer programmer", 427_676),
    (68, "Software developer", 1_363_394),
    (69, "Software tester", 71_087),
    (70, "Web developer", 118_216),
    (72, "Computer support specialist", 684_741),
    (73, "Database administrator", 119_955),
    (74, "Systems administrator", 211_188),
    (77, "Actuary", 35_059),
    (82, "Architect", 185_433),
    (85, "Aerospace engineer", 134_749),
    (88, "Chemical engineer", 66_134),
    (89, "Civil engineer", 373_184),
    (91, "Electrical engineer", 203_555),
    (93, "Industrial engineer", 224_605),
    (96, "Mechanical engineer", 277_033),
    (101, "Drafter", 53_439),
    (107, "Biologist", 83_718),
    (109, "Medical scientist", 140_573),
    (113, "Chemist", 92_843),
    (114, "Environmental scientist", 31_137),
    (117, "Economist", 26_551),
    (119, "Psychologist", 25_034),
    (133, "Substance abuse counselor", 93_701),
    (134, "School counselor", 339_037),
    (136, "Mental health counselor", 106_854),
    (139, "Social worker", 57_808),
    (144, "Human service assistant", 236_458),
    (146, "Member of the clergy", 447_016),
    (149, "Lawyer", 1_077_793),
    (152, "Paralegal", 405_981),
    (155, "College instructor", 1_411_127),
    (156, "Preschool teacher", 582_464),
    (157, "Elementary school teacher", 3_804_327),
    (158, "High school teacher", 747_483),
    (159, "Special education teacher", 247_999),
    (160, "Tutor", 219_514),
    (163, "Librarian", 177_983),
    (165, "Teaching assistant", 1_241_623),
    (167, "Artist", 217_070),
    (171, "Graphic designer", 314_443),
    (172, "Interior designer", 98_527),
    (175, "Actor", 44_161),
    (176, "Producer", 162_243),
    (178, "Coach", 254_301),
    (182, "Musician", 155_508),
    (186, "Journalist", 73_329),
    (187, "Public relations specialist", 146_880),
    (188, "Editor", 174_741),
    (190, "Writer", 241_922),
    (191, "Interpreter", 101_304),
    (195, "Photographer", 182_712),
    (199, "Dentist", 167_475),
    (200, "Dietitian", 105_365),
    (202, "Pharmacist", 317_209),
    (205, "Physician", 887_074),
    (206, "Surgeon", 52_326),
    (207, "Physician assistant", 128_034),
    (210, "Occupational therapist", 120_359),
    (211, "Physical therapist", 263_237),
    (214, "Respiratory therapist", 111_599),
    (215, "Speech-language pathologist", 166_996),
    (218, "Veterinarian", 89_201),
    (219, "Registered nurse", 3_312_948),
    (222, "Nurse practitioner", 193_142),
    (225, "Laboratory technician", 324_162),
    (226, "Dental hygienist", 192_538),
    (229, "Radiologic technologist", 203_050),
    (232, "Emergency medical technician", 121_973),
    (233, "Paramedic", 93_066),
    (234, "Pharmacy technician", 373_192),
    (239, "Licensed practical nurse", 893_585),
    (244, "Home health aide", 504_215),
    (245, "Personal care aide", 1_465_828),
    (246, "Nursing assistant", 1_437_354),
    (250, "Massage therapist", 202_385),
    (251, "Dental assistant", 307_372),
    (252, "Medical assistant", 556_265),
    (263, "Firefighter", 299_112),
    (266, "Correctional officer", 378_297),
    (270, "Police officer", 770_799),
    (273, "Security guard", 984_741),
    (278, "Chef", 466_439),
    (280, "Cook", 2_394_243),
    (281, "Food preparation worker", 1_064_304),
    (282, "Bartender", 456_886),
    (283, "Fast food worker", 555_959),
    (284, "Waiter or waitress", 2_240_807),
    (287, "Dishwasher", 333_023),
    (292, "Janitor", 2_706_713),
    (293, "Housekeeper", 1_532_377),
    (295, "Landscaper", 1_233_159),
    (300, "Animal caretaker", 302_885),
    (306, "Barber", 121_051),
    (307, "Hairdresser", 863_604),
    (308, "Manicurist", 262_042),
    (313, "Childcare worker", 1_300_198),
    (314, "Fitness trainer", 272_683),
    (318, "Retail supervisor", 3_134_159),
    (320, "Cashier", 3_351_175),
    (323, "Retail salesperson", 3_350_996),
    (325, "Insurance agent", 542_834),
    (326, "Securities sales agent", 236_674),
    (327, "Travel agent", 71_965),
    (329, "Sales representative", 1_364_451),
    (331, "Real estate agent", 895_458),
    (336, "Office supervisor", 1_307_902),
    (340, "Bill collector", 155_554),
    (341, "Billing clerk", 509_827),
    (342, "Bookkeeper", 1_213_090),
    (344, "Payroll clerk", 162_621),
    (346, "Bank teller", 302_240),
    (352, "Customer service representative", 3_140_999),
    (355, "Hotel desk clerk", 154_258),
    (362, "Receptionist", 1_213_627),
    (366, "Courier", 264_179),
    (368, "Dispatcher", 197_390),
    (371, "Mail carrier", 335_251),
    (374, "Shipping clerk", 615_151),
    (376, "Executive assistant", 200_369),
    (378, "Medical secretary", 56_890),
    (379, "Administrative assistant", 2_607_564),
    (380, "Data entry clerk", 316_762),
    (383, "Insurance claims clerk", 218_606),
    (385, "Office clerk", 1_477_950),
    (394, "Farm worker", 813_687),
    (398, "Construction supervisor", 843_829),
    (400, "Bricklayer", 149_240),
    (401, "Carpenter", 1_232_619),
    (404, "Construction laborer", 2_004_971),
    (405, "Construction equipment operator", 368_341),
    (407, "Electrician", 821_411),
    (410, "Painter", 587_823),
    (412, "Plumber", 551_254),
    (415, "Roofer", 212_941),
    (420, "Building inspector", 96_334),
    (445, "Aircraft mechanic", 160_978),
    (446, "Auto body repairer", 135_975),
    (448, "Auto mechanic", 863_612),
    (449, "Diesel mechanic", 283_598),
    (454, "Heating and cooling mechanic", 417_967),
    (456, "Industrial mechanic", 350_524),
    (457, "Maintenance worker", 548_792),
    (461, "Telecommunications installer", 133_446),
    (471, "Production supervisor", 909_146),
    (476, "Assembler", 1_028_597),
    (477, "Baker", 228_150),
    (478, "Butcher", 252_789),
    (488, "Machinist", 322_459),
    (493, "Welder", 593_046),
    (496, "Printing press operator", 154_471),
    (500, "Sewing machine operator", 163_272),
    (520, "Quality inspector", 840_955),
    (535, "Aircraft pilot", 155_234),
    (537, "Flight attendant", 115_950),
    (539, "School bus driver", 281_098),
    (540, "Bus driver", 279_847),
    (541, "Truck driver", 3_751_993),
    (543, "Taxi driver", 448_432),
    (558, "Forklift operator", 626_048),
    (560, "Freight handler", 2_407_390),
    (562, "Hand packer", 546_950),
    (563, "Order filler", 1_664_911),
]
"""Lines of table B24114 (Detailed Occupation for the Civilian Employed Population 16 Years and Over) of the American
Community Survey 2018, 1-year estimates, US Census Bureau: number of the line, what one such person is called, persons.
The names are ours: singular, and the best known of what a line holds."""


def merchant_categories() -> list[tuple[object, ...]]:
    """One row a code, in order of the codes, described as by ISO (else by Visa) up to what it says to be included."""
    busy = {mcc: name for name, codes in BUSY.items() for mcc in codes.split()}
    ranges = {mcc: bounds for mcc, *bounds in (line.split() for line in RANGES.strip().replace("\n", ",").split(","))}
    rows = []
    for industry, codes in CATEGORIES.items():
        for mcc, (amount, present, weight) in codes.items():
            found = iso18245.get_mcc(mcc)
            description = (found.iso_description or found.visa_description).split(", including")[0]
            online = "false" if present else "true"
            figures = (amount, *map(float, ranges[mcc]), present)
            rows.append((mcc, description, industry, *(f"{one:.2f}" for one in figures), online, busy.get(mcc, "shop_hours"), weight))
    return sorted(rows)


PAY: dict[str, str] = {
    "low": "cashier, retail salesperson, janitor, freight handler, cook, waiter or waitress, order filler, housekeeper, personal "
    "care aide, nursing assistant, childcare worker, teaching assistant, landscaper, receptionist, food preparation worker, "
    "assembler, security guard, hairdresser, farm worker, preschool teacher, fast food worker, hand packer, home health aide, "
    "bartender, taxi driver, dishwasher, data entry clerk, animal caretaker, school bus driver, courier, manicurist, human "
    "service assistant, baker, tutor, sewing machine operator, hotel desk clerk, barber, actor",
    "fair": "truck driver, customer service representative, retail supervisor, administrative assistant, construction laborer, office "
    "clerk, carpenter, bookkeeper, food service manager, licensed practical nurse, auto mechanic, quality inspector, forklift "
    "operator, shipping clerk, welder, painter, medical assistant, maintenance worker, billing clerk, chef, member of the "
    "clergy, heating and cooling mechanic, community service manager, pharmacy technician, construction equipment operator, "
    "mail carrier, laboratory technician, machinist, dental assistant, bank teller, bus driver, fitness trainer, coach, "
    "butcher, insurance claims clerk, artist, roofer, massage therapist, dispatcher, photographer, payroll clerk, bill "
    "collector, musician, printing press operator, bricklayer, auto body repairer, emergency medical technician, tax "
    "preparer, interpreter, substance abuse counselor, paramedic, travel agent, social worker, medical secretary",
    "upper": "manager, software developer, financial manager, education administrator, operations manager, management analyst, health "
    "services manager, construction manager, project manager, information systems manager, systems analyst, marketing "
    "manager, sales manager, computer programmer, human resources manager, financial advisor, civil engineer, pharmacist, "
    "compliance officer, purchasing agent, mechanical engineer, physical therapist, production manager, securities sales "
    "agent, industrial engineer, financial analyst, retail buyer, systems administrator, electrical engineer, nurse "
    "practitioner, architect, engineering manager, speech-language pathologist, producer, aircraft pilot, medical scientist, "
    "aerospace engineer, physician assistant, database administrator, occupational therapist, web developer, information "
    "security analyst, veterinarian, software tester, chemical engineer, actuary, economist, psychologist",
    "top": "chief executive, lawyer, physician, dentist, surgeon",
}
"""What is earned in an occupation, against others; all that are not named earn `middle`. After the order of median earnings in the same
table's survey, an assumption where lines were joined."""


def occupations() -> list[tuple[str, str, str, int]]:
    """Names with what is earned and thousands of persons, the most frequent first; at last who has no occupation."""
    pay = {name: band for band, names in PAY.items() for name in names.split(", ")}
    missing = pay.keys() - {name.lower() for _, name, _ in OCCUPATIONS}
    if missing:
        raise ValueError(f"no occupation is called {', '.join(sorted(missing))}")
    rows = [(name, "working", pay.get(name.lower(), "middle"), max(1, round(persons / 1_000))) for _, name, persons in OCCUPATIONS]
    return [*sorted(rows, key=lambda row: (-row[3], row[0])), ("Student", "student", "low", 1), ("Retired", "retired", "fair", 1)]


if __name__ == "__main__":
    header = "mcc description industry typical_amount least most card_present_share online busy weight"
    write("merchant_categories", header.split(), merchant_categories())
    write("occupations", ("name", "life", "pay", "weight"), occupations())
