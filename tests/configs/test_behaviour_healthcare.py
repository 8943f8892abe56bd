"""What people of the trade look for in the clinics' data: one figure a point, beside the figure of version 1, whose rows were independent
draws."""

# ruff: noqa: E501  # a query is read as one

from __future__ import annotations

from collections.abc import Callable

import pytest

from .behaviour import Point, Written, check

pytestmark = pytest.mark.slow


GAPS = (
    "WITH g AS (SELECT *, lead(visit_date) OVER w - visit_date AS days, lag(status) OVER w AS earlier FROM appointments"
    " WINDOW w AS (PARTITION BY patient_id, provider_id ORDER BY visit_date)) "
)
FILLS = (
    "WITH f AS (SELECT p.*, lag(due_on) OVER w AS earlier, lag(days_supply) OVER w AS supply, lag(rxcui) OVER w AS drug, lag(quantity // days_supply) OVER w AS dose"
    " FROM prescriptions AS p JOIN diagnoses AS d USING (diagnosis_id) WHERE is_chronic AND status IN ('filled', 'not_collected')"
    " WINDOW w AS (PARTITION BY p.patient_id, icd10_code ORDER BY due_on, prescription_id)) "
)
CARE = [
    Point("variance by mean of a patient's visits",
          "SELECT var_samp(n) / avg(n) FROM (SELECT count(appointment_id) AS n FROM patients LEFT JOIN appointments USING (patient_id)"
          " WHERE registered_on < '2024-01-01' AND left_on IS NULL GROUP BY patient_id)", 1.1, 3, 7),
    Point("percent of patients with ten visits or more",
          "SELECT 100 * avg((n > 9)::INT) FROM (SELECT count(appointment_id) AS n FROM patients LEFT JOIN appointments USING (patient_id)"
          " WHERE registered_on < '2024-01-01' AND left_on IS NULL GROUP BY patient_id)", 0, 4, 15),
    Point("percent of visits after which the patient is back within four weeks", GAPS + "SELECT 100 * avg((coalesce(days, 999) <= 28)::INT) FROM g", 0, 25, 60),
    Point("the same of cancelled visits, in that of completed ones",
          GAPS + "SELECT avg((coalesce(days, 999) <= 28)::INT) FILTER (status = 'cancelled')"
          " / avg((coalesce(days, 999) <= 28)::INT) FILTER (status = 'completed') FROM g", 1.0, 1.6, 3),
    Point("missed visits after a missed one, in those after others",
          GAPS + "SELECT avg((status = 'no_show')::INT) FILTER (earlier = 'no_show') / avg((status = 'no_show')::INT) FILTER (earlier <> 'no_show')"
          " FROM g", 0.98, 1.25, 2.5),
    Point("percent of flu shots from September to February",
          "SELECT 100 * avg((month(ordered_on) IN (9, 10, 11, 12, 1, 2))::INT) FROM procedures WHERE hcpcs_code IN ('G0008', 'Q2039')", 50, 100, 100),
    Point("percent of services by telehealth that are injections, vaccines or equipment",
          "SELECT 100 * avg((p.description ILIKE 'injection%' OR p.description ILIKE '%vaccine%' OR hcpcs_code LIKE 'E%')::INT) FROM procedures AS p"
          " JOIN diagnoses USING (diagnosis_id) JOIN appointments USING (appointment_id) WHERE visit_type = 'telehealth'", 27, 0, 0),
    Point("percent of procedures at weekends", "SELECT 100 * avg((isodow(performed_on) > 5)::INT) FROM procedures", 4, 0, 0),
    Point("percent of diabetics among those who get what is for diabetics",
          "SELECT 100 * avg((icd10_code LIKE 'E1%')::INT) FROM procedures JOIN diagnoses USING (diagnosis_id)"
          " WHERE hcpcs_code IN ('A4253', 'E0607', 'G0108', 'J1815')", 49, 90, 100),
    Point("what Medicaid allows, in what a PPO does",
          "SELECT sum(allowed) FILTER (plan_type = 'Medicaid') / sum(charge) FILTER (plan_type = 'Medicaid')"
          " / (sum(allowed) FILTER (plan_type = 'PPO') / sum(charge) FILTER (plan_type = 'PPO')) FROM procedures JOIN patients USING (patient_id)",
          0.99, 0.4, 0.6),
    Point("copay in Medicaid, in that of a PPO",
          "SELECT avg(copay) FILTER (plan_type = 'Medicaid') / avg(copay) FILTER (plan_type = 'PPO') FROM appointments JOIN patients USING (patient_id)",
          0.99, 0, 0.1),
    Point("percent of fills in the pharmacy of the fill before",
          "SELECT 100 * avg((pharmacy = earlier)::INT) FROM (SELECT pharmacy, lag(pharmacy) OVER (PARTITION BY patient_id ORDER BY due_on) AS earlier"
          " FROM prescriptions) WHERE earlier IS NOT NULL", 44.7, 85, 99),
    Point("percent of fills of what goes on that come before the one before is used up",
          FILLS + "SELECT 100 * avg((due_on - earlier < supply - 4)::INT) FROM f WHERE earlier IS NOT NULL", 29, 0, 10),
    Point("percent of fills of iron for a pregnancy that come before the one before is used up",
          "SELECT 100 * avg((due_on - earlier < supply - 4)::INT) FROM (SELECT p.due_on, lag(due_on) OVER w AS earlier, lag(days_supply) OVER w AS supply"
          " FROM prescriptions AS p JOIN diagnoses AS d USING (diagnosis_id) WHERE icd10_code LIKE 'Z34%' AND medication ILIKE 'ferrous%'"
          " AND status IN ('filled', 'not_collected') WINDOW w AS (PARTITION BY p.patient_id ORDER BY due_on, prescription_id)) WHERE earlier IS NOT NULL", 38, 0, 15),
    Point("percent of fills of what goes on with a dose above the one before",
          FILLS + "SELECT 100 * avg((rxcui = drug AND quantity // days_supply > dose)::INT) FROM f WHERE earlier IS NOT NULL AND medication ILIKE '%tablet'", 0, 0.05, 5),
    Point("inhalers of a fill, at most", "SELECT max(quantity) FROM prescriptions WHERE medication ILIKE '%inhaler%'", 90, 1, 4),
    Point("different doses a day of alendronate", "SELECT count(DISTINCT quantity // days_supply) FROM prescriptions WHERE medication LIKE 'Alendronic%'",
          3, 1, 1),
]  # fmt: skip
SPECIALTY = "SELECT 100 * avg(({what})::INT) FROM appointments JOIN patients USING (patient_id) WHERE specialty = '{of}'"
EARLY = (
    "SELECT 100 * avg((date_diff('year', birth_date, onset_on) < {years})::INT) FROM (SELECT DISTINCT patient_id, left(icd10_code, 3) AS c, onset_on"
    " FROM diagnoses WHERE is_chronic) JOIN patients USING (patient_id) WHERE c IN ({codes})"
)
PEOPLE = [
    Point("percent of men in neurology", SPECIALTY.format(what="sex = 'M'", of="Neurology"), 0, 25, 65),
    Point("percent of men in endocrinology", SPECIALTY.format(what="sex = 'M'", of="Endocrinology"), 0, 20, 60),
    Point("percent of people over 44 in psychiatry", SPECIALTY.format(what="patient_age > 44", of="Psychiatry"), 0, 25, 65),
    Point("percent of people under 45 in cardiology", SPECIALTY.format(what="patient_age < 45", of="Cardiology"), 0, 4, 25),
    Point("people from 65 to 69, in those from 70 to 74",
          "SELECT count(*) FILTER (a BETWEEN 65 AND 69) / count(*) FILTER (a BETWEEN 70 AND 74) FROM (SELECT date_diff('year', birth_date, DATE '2024-06-30') AS a"
          " FROM patients)", 0.55, 1.05, 1.6),
    Point("mean year of birth of those who are called Dorothy", "SELECT avg(year(birth_date)) FROM patients WHERE first_name = 'Dorothy'", 1_992, 1_915, 1_960),
    Point("percent of patients who share a home with others of their name",
          "SELECT 100 * avg((n > 1)::INT) FROM (SELECT count(*) OVER (PARTITION BY last_name, street_address, postal_code) AS n FROM patients)", 0, 30, 55),
    Point("percent of diaper rash at four years or later",
          "SELECT 100 * avg((patient_age > 3)::INT) FROM diagnoses JOIN appointments USING (appointment_id) WHERE icd10_code = 'L22'", 88, 0, 40),
    Point("different days of onset, for each condition of a patient",
          "SELECT avg(n) FROM (SELECT count(DISTINCT onset_on) / count(DISTINCT icd10_code) AS n FROM diagnoses WHERE is_chronic GROUP BY patient_id"
          " HAVING count(DISTINCT icd10_code) > 1)", 0.42, 0.93, 1.05),
    Point("patients with both types of diabetes",
          "SELECT count(*) FROM (SELECT patient_id FROM diagnoses GROUP BY patient_id HAVING bool_or(icd10_code LIKE 'E10%') AND bool_or(icd10_code LIKE 'E11%'))",
          62, 0, 0),
    Point("combination codes of high blood pressure with heart or kidney",
          "SELECT count(*) FROM diagnoses WHERE regexp_matches(icd10_code, '^I1[123]')", 0, 200, 5_000),
    Point("kidney disease with diabetes, in that without, from 45 years on",
          "SELECT avg(k::INT) FILTER (d) / avg(k::INT) FILTER (NOT d) FROM (SELECT bool_or(regexp_matches(icd10_code, '^E11')) AS d,"
          " bool_or(regexp_matches(icd10_code, '^(N18|I12|I13)')) AS k FROM diagnoses JOIN patients USING (patient_id) WHERE age_band IN ('middle', 'old')"
          " GROUP BY patient_id)", 0.03, 1.3, 5),
    Point("the earliest age at which dementia begins",
          "SELECT min(date_diff('year', birth_date, onset_on)) FROM diagnoses JOIN patients USING (patient_id) WHERE regexp_matches(icd10_code, '^(G30|F03)')",
          40, 45, 80),
    Point("percent of those with type 2 diabetes who have had it from before 40 on", EARLY.format(years=40, codes="'E11'"), 45, 6, 18),
    Point("the same of heart disease, chronic lung disease and chronic kidney disease", EARLY.format(years=40, codes="'I25', 'I48', 'I50', 'J44', 'N18'"), 27, 3, 11),
    Point("the same of high blood pressure", EARLY.format(years=40, codes="'I10', 'I11', 'I12', 'I13'"), 42, 15, 33),
    Point("the same of high lipids", EARLY.format(years=40, codes="'E78'"), 45, 15, 36),
    Point("percent of women whose change of life began before 40", EARLY.format(years=40, codes="'N95'"), 29, 0, 15),
    Point("percent of well-child visits whose first code says so", "SELECT 100 * avg((icd10_code LIKE 'Z00.1%')::INT) FROM diagnoses"
          " JOIN appointments USING (appointment_id) WHERE rank = 1 AND visit_type = 'well_child'", 8.3, 100, 100),
    Point("immunisations by telehealth", "SELECT count(*) FROM diagnoses JOIN appointments USING (appointment_id) WHERE visit_type = 'telehealth' AND icd10_code = 'Z23'",
          102, 0, 0),
    Point("percent of findings in a pregnancy that are of an earlier third than the one before",
          "SELECT 100 * avg((part < before)::INT) FROM (SELECT part, lag(part) OVER w AS before, diagnosed_on - lag(diagnosed_on) OVER w AS days FROM"
          " (SELECT *, CASE WHEN description LIKE '%first trimester' OR icd10_code IN ('Z32.01', 'O21.0') THEN 1 WHEN description LIKE '%second trimester' THEN 2"
          " WHEN icd10_code = 'Z39.2' THEN 4 ELSE 3 END AS part FROM diagnoses WHERE regexp_matches(icd10_code, '^(O|Z3[249])') AND icd10_code NOT LIKE 'O24%')"
          " WINDOW w AS (PARTITION BY patient_id ORDER BY diagnosed_on, part)) WHERE days < 300", 25, 0, 0),
    Point("visits with findings of the pregnancy before a visit after the birth",
          "SELECT avg(n) FROM (SELECT count(DISTINCT a.appointment_id) AS n FROM (SELECT patient_id, min(diagnosed_on) AS d FROM diagnoses WHERE icd10_code = 'Z39.2'"
          " AND diagnosed_on > '2024-10-01' GROUP BY patient_id) AS b JOIN diagnoses AS a ON a.patient_id = b.patient_id AND a.diagnosed_on BETWEEN b.d - 270 AND b.d - 1"
          " AND regexp_matches(a.icd10_code, '^(O|Z34)') GROUP BY b.patient_id)", 3.5, 7, 13),
    Point("normal pregnancies within four months after a complication that stays to the birth",
          "SELECT count(*) FROM diagnoses AS a JOIN diagnoses AS b USING (patient_id) WHERE a.icd10_code IN ('O24.419', 'O13.3', 'O99.013')"
          " AND b.icd10_code LIKE 'Z34%' AND b.diagnosed_on - a.diagnosed_on BETWEEN 0 AND 120", 171, 0, 0),
    Point("siblings who are 1 to 269 days apart", "SELECT count(*) FROM patients AS a JOIN patients AS b USING (last_name, street_address, postal_code)"
          " WHERE a.age_band = 'child' AND b.age_band = 'child' AND b.birth_date - a.birth_date BETWEEN 1 AND 269", 116, 0, 0),
    Point("encounters (codes with Z) with a severity", "SELECT count(*) FROM diagnoses WHERE starts_with(icd10_code, 'Z') AND severity IS NOT NULL", 5_738, 0, 0),
    Point("percent of the obese among those who are counselled for it",
          "SELECT 100 * avg(starts_with(icd10_code, 'E66')::INT) FROM procedures JOIN diagnoses USING (diagnosis_id) WHERE hcpcs_code = 'G0447'", 3.3, 95, 100),
    Point("deaths of people of 60 and more with heart failure, dementia, diabetes, disease of lungs or kidneys, in those of others",
          "SELECT avg(died::INT) FILTER (ill) / avg(died::INT) FILTER (NOT ill) FROM (SELECT bool_or(deceased_on IS NOT NULL) AS died,"
          " bool_or(regexp_matches(icd10_code, '^(I50|I11.0|I1[23]|G30|F03|J44|N18|K74|E11)')) AS ill FROM patients JOIN diagnoses USING (patient_id)"
          " WHERE date_diff('year', birth_date, DATE '2024-06-30') >= 60 GROUP BY patient_id)", 1.39, 1.45, 5),
    Point("percent of findings of a chronic condition that are milder than the one before",
          "SELECT 100 * avg((s < before)::INT) FROM (SELECT strpos('mild moderate severe', severity) AS s, lag(strpos('mild moderate severe', severity)) OVER"
          " (PARTITION BY patient_id, icd10_code ORDER BY diagnosed_on, diagnosis_id) AS before FROM diagnoses WHERE is_chronic) WHERE before IS NOT NULL", 28, 0, 0),
    Point("codes that are not valid yet",
          "SELECT count(*) FROM diagnoses WHERE icd10_code IN ('G35.A', 'R10.20') OR (icd10_code = 'M51.360' AND diagnosed_on < '2024-10-01')", 444, 0, 0),
    Point("methylphenidate before school",
          "SELECT count(*) FROM prescriptions JOIN diagnoses USING (diagnosis_id) JOIN appointments USING (appointment_id)"
          " WHERE patient_age < 4 AND medication ILIKE '%methylphenidate%'", 256, 0, 5),
    Point("deaths of people of 85 and more, in those from 65 to 74",
          "SELECT avg(d::INT) FILTER (a >= 85) / avg(d::INT) FILTER (a BETWEEN 65 AND 74) FROM (SELECT deceased_on IS NOT NULL AS d,"
          " date_diff('year', birth_date, DATE '2024-06-30') AS a FROM patients)", 0.91, 2.5, 12),
]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 7, 42])
@pytest.mark.parametrize("points", [CARE, PEOPLE], ids=["care", "people"])
def test_rows_depend_on_each_other(written: Callable[..., Written], points: list[Point], seed: int) -> None:
    """Each figure is within its bounds, outside of which it was."""
    check(written("healthcare_oltp_small", seed), points)
