"""What bankers look for in the data: one figure a point, beside the figure of version 1, whose rows were independent draws."""

# ruff: noqa: E501  # a query is read as one

from __future__ import annotations

from collections.abc import Callable

import pytest
from ingen_fab.synthetic_data.core.spec.layouts.panel import Panel

from .behaviour import Point, Written, check

pytestmark = pytest.mark.slow

HOME = "FROM customers AS c JOIN branches AS b ON branch_id = home_branch_id"
AGE = "date_diff('day', birth_date, DATE '2024-12-31') / 365.25"


PEOPLE = [
    Point("percent of customers in the state of their branch", f"SELECT 100 * avg((c.state = b.state)::INT) {HOME}", 4.7, 88, 100),
    Point("percent of customers who joined before their branch opened", f"SELECT 100 * avg((customer_since < b.opened_on)::INT) {HOME}", 40, 0, 0),
    Point("states with a branch", "SELECT count(DISTINCT state) FROM branches", 46, 3, 5),
    Point("routing numbers", "SELECT count(DISTINCT routing_number) FROM branches", 250, 2, 4),
    Point("families of BICs", "SELECT count(DISTINCT left(bic, 8)) FROM branches", 250, 1, 1),
    Point("income of affluent and private customers, in that of others",
          "SELECT median(annual_income) FILTER (segment <> 'mass') / median(annual_income) FILTER (segment = 'mass') FROM customers", 0.9, 1.5, 5),
    Point("correlation of the ranks of income and credit score",
          "SELECT corr(i, s) FROM (SELECT rank() OVER (ORDER BY annual_income) AS i, rank() OVER (ORDER BY credit_score) AS s FROM customers)",
          -0.01, 0.08, 0.55),
    Point("correlation of the ranks of income and of what lies on savings accounts",
          "SELECT corr(i, b) FROM (SELECT rank() OVER (ORDER BY annual_income) AS i, rank() OVER (ORDER BY opening_balance) AS b FROM accounts"
          " JOIN customers USING (customer_id) WHERE account_type <> 'checking' AND opening_balance > 0)", 0.0, 0.15, 0.75),
    Point("percent of accounts with a second holder",
          "SELECT 100 * count(joint_holder_id) / count(*) FROM accounts", 0, 3, 25),
    Point("most that somebody earns in a kitchen or at a till",
          "SELECT max(annual_income) FROM customers WHERE occupation IN ('Cashier', 'Cook', 'Janitor', 'Dishwasher', 'Waiter or waitress')",
          350_496, 0, 150_000),
    Point("percent retired", "SELECT 100 * avg((occupation = 'Retired')::INT) FROM customers", 0, 10, 24),
    Point("age of the retired", f"SELECT median({AGE}) FILTER (occupation = 'Retired') FROM customers", 0, 63, 80),
    Point("year of the first customer", "SELECT min(year(customer_since)) FROM customers", 2018, 1980, 1995),
    Point("percent of accounts opened at weekends", "SELECT 100 * avg((isodow(opened_on) > 5)::INT) FROM accounts", 29.7, 0, 0),
    Point("different times between a first and a second account",
          "SELECT count(DISTINCT a.opened_on - customer_since) FROM accounts AS a JOIN customers USING (customer_id) WHERE account_rank = 2", 1, 20, 100),
    Point("interest of a money market account, in that of a current one",
          "SELECT avg(interest_rate) FILTER (account_type <> 'checking') / avg(interest_rate) FILTER (account_type = 'checking') FROM accounts", 1.0, 1.4, 8),
    Point("percent of cards that expire at the end of a month", "SELECT 100 * avg((expires_on = last_day(expires_on))::INT) FROM cards", 3.0, 100, 100),
    Point("percent of accounts whose cards do not all pay alike",
          "SELECT 100 * avg((n > 1)::INT) FROM (SELECT count(DISTINCT (card_type, is_contactless, daily_limit)) AS n FROM cards GROUP BY account_id)",
          60, 0, 0),
    Point("percent of open accounts with two movements or fewer in a year",
          "SELECT 100 * avg((coalesce(n, 0) <= 2)::INT) FROM accounts LEFT JOIN (SELECT account_id, count(*) AS n FROM transactions"
          " WHERE transaction_date >= '2024-01-01' AND transaction_type IN ('card_purchase', 'cash_withdrawal', 'transfer_in', 'transfer_out')"
          " GROUP BY ALL) USING (account_id) WHERE is_open AND opened_on < '2024-01-01'", 1.7, 1.8, 20),
]  # fmt: skip
MONEY = [
    Point("salary days of an account in 24 months, different numbers",
          "SELECT count(DISTINCT n // 6) FROM (SELECT count(*) AS n FROM transactions WHERE transaction_type = 'salary' GROUP BY account_id)", 5, 6, 30),
    Point("percent of salaries that differ from the account's first",
          "SELECT 100 * avg((amount <> first)::INT) FROM (SELECT amount, first_value(amount) OVER (PARTITION BY account_id ORDER BY transaction_id) AS first"
          " FROM transactions WHERE transaction_type = 'salary')", 0, 40, 85),
    Point("payments out of one amount to one payee or merchant in three months or more, by account with a salary",
          "SELECT count(*) / (SELECT count(DISTINCT account_id) FROM transactions WHERE transaction_type = 'salary') FROM (SELECT 1 FROM transactions"
          " WHERE amount < 0 AND transaction_type NOT IN ('own_transfer', 'settlement', 'fee') AND amount % 1 <> 0"
          " GROUP BY account_id, transaction_type, merchant_id, amount HAVING count(DISTINCT date_trunc('month', transaction_date)) >= 3)", 0, 1, 15),
    Point("percent of accounts with a salary that pay for power",
          "SELECT 100 * avg((p > 3)::INT) FROM (SELECT count(*) FILTER (transaction_type = 'utilities' OR mcc = '4900') AS p FROM transactions"
          " WHERE account_id IN (SELECT account_id FROM transactions WHERE transaction_type = 'salary') GROUP BY account_id)", 13.4, 95, 100),
    Point("percent of the salaries that a month's last entry takes away",
          "SELECT -100 * sum(amount) FILTER (transaction_type IN ('own_transfer', 'settlement')) / sum(amount) FILTER (transaction_type = 'salary')"
          " FROM transactions", 55.5, -15, 32),
    Point("percent of the salaries that is spent by card",
          "SELECT -100 * sum(amount) FILTER (transaction_type = 'card_purchase' AND status = 'posted') / sum(amount) FILTER (transaction_type = 'salary')"
          " FROM transactions", 20, 28, 70),
    Point("correlation of income and card spend",
          "SELECT corr(ln(annual_income), ln(s)) FROM (SELECT account_id, -sum(amount) AS s FROM transactions WHERE transaction_type = 'card_purchase'"
          " AND status = 'posted' GROUP BY ALL HAVING count(*) > 50) JOIN accounts USING (account_id) JOIN customers USING (customer_id) WHERE has_salary",
          0.16, 0.5, 1),
    Point("card purchases a month of an account with a salary",
          "SELECT median(n) / 24 FROM (SELECT count(*) FILTER (transaction_type = 'card_purchase') AS n FROM transactions GROUP BY account_id"
          " HAVING count(*) FILTER (transaction_type = 'salary') > 20)", 6.9, 12, 40),
    Point("merchants by purchase of an account", "SELECT avg(m) FROM (SELECT count(DISTINCT merchant_id) / count(*) AS m FROM transactions"
          " WHERE transaction_type = 'card_purchase' GROUP BY account_id HAVING count(*) >= 60)", 0.79, 0.1, 0.5),
    Point("percent of purchases with the card present in the customer's state",
          "SELECT 100 * avg((c.state = m.state)::INT) FROM transactions JOIN accounts USING (account_id) JOIN customers AS c USING (customer_id)"
          " JOIN merchants AS m USING (merchant_id) WHERE transaction_type = 'card_purchase' AND channel <> 'online'", 5.6, 80, 99.5),
    Point("percent of purchases that end in .99", "SELECT 100 * avg((-amount * 100 % 100 = 99)::INT) FROM transactions"
          " WHERE transaction_type = 'card_purchase' AND status = 'posted'", 0.9, 15, 40),
    Point("percent of transfers of whole tens", "SELECT 100 * avg((amount % 10 = 0)::INT) FROM transactions"
          " WHERE transaction_type IN ('transfer_in', 'transfer_out')", 0.08, 55, 95),
    Point("largest purchase that was declined for want of funds, in the largest that was not",
          "SELECT max(-amount) FILTER (response_code = '51') / max(-amount) FILTER (status = 'posted') FROM transactions WHERE transaction_type = 'card_purchase'",
          20.3, 0.02, 4),
    Point("percent of purchases declined for want of funds where the balance was ample",
          "SELECT 100 * avg(coalesce(response_code = '51', false)::INT) FROM transactions WHERE transaction_type = 'card_purchase' AND balance_after > 5000",
          1.96, 0, 0.2),
    Point("posted purchases above the card's daily limit",
          "SELECT count(*) FROM transactions JOIN cards USING (card_id) WHERE transaction_type = 'card_purchase' AND status = 'posted' AND -amount > daily_limit",
          368, 0, 0),
    Point("percent of declined purchases that are tried again within the hour",
          "SELECT 100 * avg(coalesce(again, false)::INT) FROM (SELECT status, merchant_id = lead(merchant_id) OVER w AND amount = lead(amount) OVER w"
          " AND lead(transaction_at) OVER w < transaction_at + INTERVAL 1 HOUR AS again FROM transactions WHERE transaction_type = 'card_purchase'"
          " WINDOW w AS (PARTITION BY account_id ORDER BY transaction_at, transaction_id)) WHERE status = 'declined'", 0, 8, 70),
    Point("percent of a branch's postings at night or on Sundays",
          "SELECT 100 * avg((hour(timezone('America/New_York', transaction_at)) NOT BETWEEN 8 AND 17 OR isodow(transaction_date) = 7)::INT)"
          " FROM transactions WHERE channel = 'branch'", 43.1, 0, 0),
    Point("spread of the hours at which bills are paid",
          "SELECT stddev(hour(timezone('America/New_York', transaction_at))) FROM transactions WHERE transaction_type = 'rent'", 3.55, 0.5, 2),
    Point("percent of fraud that is no purchase", "SELECT 100 * avg((transaction_type <> 'card_purchase')::INT) FROM transactions WHERE is_fraud", 0, 3, 60),
    Point("least and most of the median amounts of fraud by entry",
          "SELECT max(m) / min(m) FROM (SELECT median(abs(amount)) AS m FROM transactions WHERE is_fraud GROUP BY channel HAVING count(*) > 3)", 5.9, 8, 10_000),
    Point("dearest of the tanks that were no fraud", "SELECT max(-amount) FROM transactions JOIN merchants AS m USING (merchant_id)"
          " WHERE transaction_type = 'card_purchase' AND NOT is_fraud AND industry = 'Fuel'", 966.45, 60, 95),
    Point("cheapest of the shops' groceries", "SELECT min(-amount) FROM transactions WHERE transaction_type = 'card_purchase' AND NOT is_fraud AND mcc = '5411'",
          0.49, 8, 15),
    Point("percent of subscriptions that are paid at a counter", "SELECT 100 * avg((mcc NOT IN ('4816', '5815', '5968'))::INT) FROM transactions"
          " WHERE transaction_type = 'streaming'", 5.9, 0, 0),
    Point("percent of the retired who are paid a salary", "SELECT 100 * avg((account_id IN (SELECT account_id FROM transactions WHERE transaction_type = 'salary'))::INT)"
          " FROM accounts JOIN customers USING (customer_id) WHERE account_rank = 1 AND account_type = 'checking' AND NOT is_dormant AND occupation = 'Retired'", 66, 0, 0),
    Point("percent of the postings of accounts with income that even the balance",
          "SELECT 100 * avg((transaction_type = 'own_transfer')::INT) FROM transactions WHERE account_id IN (SELECT account_id FROM transactions"
          " WHERE transaction_type IN ('salary', 'pension'))", 3.9, 0.3, 2.2),
    Point("percent of savings' own transfers that are round", "SELECT 100 * avg((amount % 10 = 0)::INT) FROM transactions JOIN accounts USING (account_id)"
          " WHERE transaction_type = 'own_transfer' AND account_type = 'savings'", 0.0, 40, 100),
    Point("percent of interest that is not the account's rate on what the month began with",
          "WITH b AS (SELECT account_id, date_trunc('month', transaction_date) AS month, arg_max(balance_after, (transaction_at, transaction_id)) AS last"
          " FROM transactions GROUP BY ALL) SELECT 100 * avg((abs(t.amount - greatest(last * interest_rate / 12, 0.01)) > 0.0051)::INT) FROM transactions AS t"
          " JOIN accounts USING (account_id) JOIN b ON b.account_id = t.account_id AND b.month = date_trunc('month', t.transaction_date) - INTERVAL 1 MONTH"
          " WHERE transaction_type = 'interest'", 95.9, 0, 0),
    Point("spread of rents and mortgages in what comes in, in percent", "SELECT 100 * stddev(rent / (salary + pension)) FROM accounts WHERE rent > 0", 0.24, 4, 7),
    Point("percent of payments without contact by cards that cannot",
          "SELECT 100 * avg((NOT is_contactless)::INT) FROM transactions JOIN cards USING (card_id) WHERE channel = 'contactless'", 6.4, 0, 0),
    Point("percent of accounts with two cards that are first replaced on one day",
          "SELECT 100 * avg((days < n)::INT) FROM (SELECT count(*) AS n, count(DISTINCT issued_on) AS days FROM cards WHERE generation = 2"
          " GROUP BY account_id HAVING n > 1)", 100, 0, 0),
    Point("percent of postings with another side that name it",
          "SELECT 100 * avg((counterparty IS NOT NULL)::INT) FROM transactions WHERE transaction_type NOT IN ('interest', 'fee', 'cash_withdrawal')", 0, 100, 100),
    Point("people whom an account pays, by transfer", "SELECT avg(n) FROM (SELECT count(DISTINCT counterparty) / count(*) AS n FROM transactions"
          " WHERE transaction_type = 'transfer_out' AND NOT is_fraud GROUP BY account_id HAVING count(*) >= 20)", 0, 0.1, 0.45),
    Point("percent of transfers that are made at once", "SELECT 100 * avg((rail = 'rtp')::INT) FROM transactions WHERE transaction_type = 'transfer_out'", 0, 45, 85),
    Point("percent of customers with transfers between their own accounts, both sides in the books", "SELECT 100 * count(DISTINCT customer_id) /"
          " (SELECT count(*) FROM customers) FROM (SELECT any_value(account_id) AS account_id FROM transactions WHERE transfer_id IS NOT NULL GROUP BY transfer_id"
          " HAVING sum(amount) = 0 AND count(DISTINCT account_id) = 2) JOIN accounts USING (account_id)", 0, 8, 30),
    Point("percent of card payments that are declined for want of funds", "SELECT 100 * avg(coalesce(response_code = '51', false)::INT) FROM transactions"
          " WHERE transaction_type IN ('card_purchase', 'cash_withdrawal')", 0.18, 0.2, 1.8),
    Point("percent of card purchases that are posted on a later day than they are authorised on", "SELECT 100 * avg((posted_on > transaction_date)::INT)"
          " FROM transactions WHERE transaction_type = 'card_purchase' AND status = 'posted'", 0, 100, 100),
    Point("percent of card purchases that are posted in the month after they are authorised in", "SELECT 100 * avg((month(posted_on) <> month(transaction_date))::INT)"
          " FROM transactions WHERE transaction_type = 'card_purchase' AND status = 'posted'", 0, 2, 12),
    Point("different rails", "SELECT count(DISTINCT rail) FROM transactions", 0, 7, 7),
]  # fmt: skip
STAR = [
    Point("percent of moves within a state",
          "SELECT 100 * avg((state = before)::INT) FROM (SELECT state, postal_code, lag(state) OVER w AS before, lag(postal_code) OVER w AS code"
          " FROM dim_customer WINDOW w AS (PARTITION BY customer_id ORDER BY version)) WHERE postal_code <> code", 4.1, 75, 100),
    Point("opening deposits before their customer's first row",
          "SELECT count(*) FROM fact_transactions JOIN dim_customer USING (customer_key) JOIN dim_transaction_type USING (transaction_type_key)"
          " WHERE type_code = 'opening_deposit' AND valid_from > transaction_at", 20, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 7, 42])
@pytest.mark.parametrize(
    ("dataset_id", "points"), [("finance_oltp_large", PEOPLE), ("finance_oltp_large", MONEY), ("finance_star_large", STAR)]
)
def test_rows_depend_on_each_other(written: Callable[..., Written], dataset_id: str, points: list[Point], seed: int) -> None:
    """Each figure is within its bounds, outside of which it was."""
    check(written(dataset_id, seed), points)


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_the_small_size_has_all_there_is(written: Callable[..., Written], seed: int) -> None:
    """Ten thousand postings are of two hundred customers and a dozen branches, with every type of account, card and posting."""
    plan, connection = written("finance_oltp_small", seed, 10_000)

    def number(sql: str) -> int:
        return int(connection.execute(sql).fetchall()[0][0])

    assert number("SELECT count(*) FROM customers") >= 200
    assert number("SELECT count(*) FROM branches") >= 5
    assert number("SELECT count(DISTINCT account_type) FROM accounts") == 3
    assert number("SELECT count(DISTINCT card_type) FROM cards") == 2
    assert number("SELECT count(DISTINCT segment) FROM customers") == 3
    rows = plan.dataset.tables["transactions"].rows
    assert isinstance(rows, Panel)
    missing = set(rows.entries) - {row[0] for row in connection.execute("SELECT DISTINCT transaction_type FROM transactions").fetchall()}
    assert missing <= {"closing_payout", "top_up"}
