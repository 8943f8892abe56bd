"""What people of the trade look for in the data: one figure a point, beside the figure of version 1, whose rows were independent draws."""

# ruff: noqa: E501  # a query is read as one

from __future__ import annotations

from collections.abc import Callable

import pytest

from .behaviour import Point, Written, check

pytestmark = pytest.mark.slow

KM = (
    "12_742 * asin(sqrt(power(sin(radians(s.latitude - c.latitude) / 2), 2) + cos(radians(c.latitude)) * cos(radians(s.latitude))"
    " * power(sin(radians(s.longitude - c.longitude) / 2), 2)))"
)
NEW_YORK = "timezone('America/New_York', {})"


RETAIL = [
    Point("percent of orders in shops from 22 to 8 o'clock of the shop",
          "SELECT 100 * avg((hour(timezone(time_zone, ordered_at)) NOT BETWEEN 8 AND 21)::INT) FROM orders JOIN stores USING (store_id)",
          15.9, 0, 0),
    Point("orders in shops on Christmas Day", "SELECT count(*) FROM orders WHERE store_id IS NOT NULL AND strftime(order_date, '%m-%d') = '12-25'",
          140, 0, 0),
    Point("median km from customer to shop",
          f"SELECT median({KM}) FROM orders JOIN stores AS s USING (store_id) JOIN customers AS c USING (customer_id)", 1_688, 0, 60),
    Point("percent of deliveries at night",
          f"SELECT 100 * avg((hour({NEW_YORK.format('delivered_at')}) NOT BETWEEN 7 AND 23)::INT) FROM orders WHERE delivered_at IS NOT NULL",
          33, 0, 3),
    Point("percent of deliveries on Sundays",
          f"SELECT 100 * avg((isodow({NEW_YORK.format('delivered_at')}) = 7)::INT) FROM orders WHERE delivered_at IS NOT NULL", 14.1, 0, 1),
    Point("weight of a tent in lipsticks",
          "SELECT avg(weight_grams) FILTER (subcategory = 'Tents') / avg(weight_grams) FILTER (subcategory = 'Lips') FROM products", 0.7, 30, 300),
    Point("orders online on Cyber Monday, in those of the Monday before",
          "SELECT count(*) FILTER (order_date IN (DATE '2023-11-27', DATE '2024-12-02'))"
          " / count(*) FILTER (order_date IN (DATE '2023-11-20', DATE '2024-11-25')) FROM orders WHERE channel <> 'store'", 1.1, 1.25, 3.5),
    Point("variance by mean of a shop's days of one weekday",
          "WITH n AS (SELECT store_id, order_date, count(*) AS n FROM orders WHERE store_id IS NOT NULL AND order_date BETWEEN '2024-03-01'"
          " AND '2024-05-31' GROUP BY ALL), v AS (SELECT var_samp(n) / avg(n) AS v FROM n GROUP BY store_id, isodow(order_date) HAVING avg(n) >= 2.5)"
          " SELECT avg(v) FROM v", 0.02, 0.4, 4),
    Point("of the 50 best sellers of a quarter those that are so in the next",
          "WITH n AS (SELECT product_id, date_trunc('quarter', order_date) AS q, count(*) AS n FROM order_items JOIN orders USING (order_id) GROUP BY ALL),"
          " r AS (SELECT *, row_number() OVER (PARTITION BY q ORDER BY n DESC, product_id) AS r FROM n),"
          " k AS (SELECT a.q, count(b.product_id) AS k FROM r AS a LEFT JOIN r AS b ON b.product_id = a.product_id AND b.r <= 50"
          " AND b.q = a.q + INTERVAL 3 MONTH WHERE a.r <= 50 AND a.q < '2024-10-01' GROUP BY a.q) SELECT avg(k) FROM k", 45.4, 10, 40),
    Point("toys in December, in what all things do then",
          "SELECT avg((month(order_date) = 12)::INT) FILTER (department = 'Toys') / avg((month(order_date) = 12)::INT)"
          " FROM order_items JOIN orders USING (order_id) JOIN products USING (product_id)", 0.97, 1.6, 4),
    Point("sun lotion in summer, in that of winter",
          "SELECT count(*) FILTER (month(order_date) IN (6, 7, 8)) / greatest(count(*) FILTER (month(order_date) IN (12, 1, 2)), 1)"
          " FROM order_items JOIN orders USING (order_id) JOIN products USING (product_id) WHERE subcategory = 'Sun'", 1.2, 3, 100),
    Point("percent of lines at a discount in January, in those from February to June",
          "SELECT avg((discount_rate > 0)::INT) FILTER (month(order_date) = 1) / avg((discount_rate > 0)::INT) FILTER (month(order_date) BETWEEN 2 AND 6)"
          " FROM order_items JOIN orders USING (order_id)", 1.0, 2, 4),
    Point("orders of a gold member, in those of who is none",
          "WITH n AS (SELECT loyalty_tier, count(order_id) / count(DISTINCT customer_id) AS n FROM customers LEFT JOIN orders USING (customer_id)"
          " GROUP BY ALL) SELECT max(n) FILTER (loyalty_tier = 'gold') / max(n) FILTER (loyalty_tier = 'none') FROM n", 0.85, 1.5, 5),
    Point("orders of the most frequent customer", "SELECT max(n) FROM (SELECT count(*) AS n FROM orders GROUP BY customer_id)", 876, 20, 200),
    Point("correlation of a shop's floor and sales",
          "SELECT corr(floor_area, n) FROM (SELECT any_value(floor_area) AS floor_area, count(*) AS n FROM orders JOIN stores USING (store_id)"
          " WHERE opened_at < '2023-01-01' GROUP BY store_id)", -0.08, 0.5, 1),
    Point("percent of the lines with monitors that hold two or more",
          "SELECT 100 * avg((quantity > 1)::INT) FROM order_items JOIN products USING (product_id) WHERE subcategory = 'Monitors'", 34.8, 0, 15),
    Point("percent wrapped as gifts in December, in that of other months",
          "SELECT avg(is_gift::INT) FILTER (month(order_date) = 12) / avg(is_gift::INT) FILTER (month(order_date) < 12)"
          " FROM order_items JOIN orders USING (order_id)", 1.0, 3, 10),
    Point("how much more often than by chance two lines are of one department",
          "WITH l AS (SELECT order_id, line_number, department FROM order_items JOIN products USING (product_id)),"
          " d AS (SELECT count(*) / (SELECT count(*) FROM l) AS share FROM l GROUP BY department)"
          " SELECT avg((a.department = b.department)::INT) / (SELECT sum(share * share) FROM d)"
          " FROM l AS a JOIN l AS b ON b.order_id = a.order_id AND b.line_number > a.line_number", 0.96, 1.6, 6),
    Point("percent of shelves that are empty", "SELECT 100 * avg((on_hand = 0)::INT) FROM inventory", 0.0, 3, 8),
    Point("percent of shelves with the most frequent number of pieces",
          "SELECT 100 * max(n) / sum(n) FROM (SELECT count(*) AS n FROM inventory GROUP BY on_hand)", 99.9, 10, 50),
    Point("products of the largest shops, in those of the smallest",
          "WITH n AS (SELECT floor_area, store_format, count(*) AS n FROM inventory JOIN stores USING (store_id) GROUP BY store_id, floor_area, store_format)"
          " SELECT avg(n) FILTER (floor_area >= 2000) / avg(n) FILTER (floor_area < 900) FROM n WHERE store_format <> 'warehouse'", 1.0, 1.6, 3),
    Point("percent of weeks of a subcategory in which a discount is of some lines and not of others",
          "SELECT 100 * avg(mixed::INT) FROM (SELECT min(discount_rate) <> max(discount_rate) AS mixed FROM order_items JOIN orders USING (order_id)"
          " JOIN products USING (product_id) GROUP BY subcategory, order_date - ((isodow(order_date) + 3) % 7)::INT HAVING count(*) >= 10)", 92.4, 0, 0),
    Point("percent of new prices with a new cost on the same day",
          "SELECT 100 * avg(cost::INT) FROM (SELECT unit_price <> lag(unit_price) OVER w AS price, order_items.unit_cost <> lag(order_items.unit_cost) OVER w"
          " AS cost FROM order_items JOIN orders USING (order_id) WINDOW w AS (PARTITION BY product_id ORDER BY ordered_at)) WHERE price", 95.9, 0, 35),
    Point("percent of new customers who order within ten minutes",
          "SELECT 100 * avg(coalesce(first <= registered_at + INTERVAL 10 MINUTE, false)::INT) FROM (SELECT registered_at, min(ordered_at) AS first"
          " FROM customers LEFT JOIN orders USING (customer_id) WHERE registered_at >= '2023-01-01' GROUP BY customer_id, registered_at)", 0.0, 62, 80),
    Point("customers who registered in the two years before the history, in those of it",
          "SELECT count(*) FILTER (registered_at < '2023-01-01' AND registered_at >= '2021-01-01') / count(*) FILTER (registered_at >= '2023-01-01')"
          " FROM customers", 0.6, 0.9, 1.1),
    Point("percent of frequent buyers in shops with two shops",
          "SELECT 100 * avg((n = 2)::INT) FROM (SELECT count(DISTINCT store_id) AS n FROM orders WHERE store_id IS NOT NULL GROUP BY customer_id"
          " HAVING count(*) >= 8)", 0, 10, 60),
    Point("percent of customers with an apartment", "SELECT 100 * avg((street_address LIKE '% Apt %')::INT) FROM customers", 0, 28, 40),
    Point("percent of customers without an email", "SELECT 100 * avg((email IS NULL)::INT) FROM customers", 0, 3, 7),
    Point("orders on 18 December, in those of the day before",
          "SELECT count(*) FILTER (order_date = '2024-12-18') / count(*) FILTER (order_date = '2024-12-17') FROM orders", 2.1, 0.8, 1.8),
]  # fmt: skip
SHOP = [
    Point("percent of people's Chromes of 2023 that came out in late 2024 or 2025",
          "SELECT 100 * avg((try_cast(regexp_extract(user_agent, 'Chrome/([0-9]+)', 1) AS INT) >= 130)::INT) FROM dim_session"
          " WHERE browser = 'Chrome' AND NOT is_bot AND session_date < '2024-01-01'", 33.8, 0, 0),
    Point("tax rates of orders", "SELECT count(DISTINCT tax_rate) FROM fact_orders", 1, 15, 90),
    Point("how often users come, different numbers",
          "SELECT count(DISTINCT n) FROM (SELECT count(*) AS n FROM dim_session WHERE user_key IS NOT NULL GROUP BY user_key)", 4, 15, 200),
    Point("seconds on an article, in those on a search",
          "SELECT median(seconds_on_page) FILTER (page_type = 'article') / median(seconds_on_page) FILTER (page_type = 'search')"
          " FROM fact_page_views JOIN dim_session USING (session_key) WHERE NOT is_bot", 1.0, 3, 6),
    Point("seconds of a bot on a page, in those of people",
          "SELECT median(seconds_on_page) FILTER (is_bot) / median(seconds_on_page) FILTER (NOT is_bot)"
          " FROM fact_page_views JOIN dim_session USING (session_key)", 1.0, 0, 0.1),
    Point("bounces from social media, in those from email",
          "SELECT avg(is_bounce::INT) FILTER (channel = 'social') / avg(is_bounce::INT) FILTER (channel = 'email') FROM dim_session", 1.0, 1.2, 2.2),
    Point("load time on mobiles, in that on desktops",
          "SELECT avg(load_time) FILTER (device = 'mobile') / avg(load_time) FILTER (device = 'desktop')"
          " FROM fact_page_views JOIN dim_session USING (session_key)", 1.0, 1.3, 2.2),
    Point("addresses of a user",
          "SELECT avg(n) FROM (SELECT count(DISTINCT ip_address) AS n FROM dim_session WHERE user_key IS NOT NULL GROUP BY user_key HAVING count(*) > 4)",
          8, 2, 6.5),
    Point("percent of the visits that order", "SELECT 100 * avg((outcome = 'order')::INT) FROM dim_session", 2.1, 5.5, 7.5),
    Point("percent of the orders that hold the commonest product",
          "SELECT 100 * max(n) / (SELECT count(*) FROM fact_orders) FROM (SELECT count(*) AS n FROM fact_page_views JOIN fact_orders USING (session_key)"
          " WHERE added_to_cart GROUP BY product_key)", 3.3, 0.2, 3),
    Point("percent of users who came once, of those with a year to come again",
          "SELECT 100 * avg((n = 1)::INT) FROM (SELECT count(*) AS n FROM dim_session JOIN dim_user USING (user_key) WHERE signup_session_key IS NOT NULL"
          " AND signed_up_at < '2024-01-01' GROUP BY user_key)", 1.3, 12, 45),
    Point("percent of users who came twice on a day",
          "SELECT 100 * avg((most > 1)::INT) FROM (SELECT user_key, max(n) AS most FROM (SELECT user_key, session_date, count(*) AS n FROM dim_session"
          " WHERE user_key IS NOT NULL GROUP BY ALL) GROUP BY user_key)", 0, 1, 8),
    Point("users who come in the second month after the sign-up, in those of the first",
          "WITH v AS (SELECT user_key, date_diff('day', signed_up_at, started_at) // 30 AS month FROM dim_session JOIN dim_user USING (user_key)"
          " WHERE signup_session_key IS NOT NULL AND visitor_type = 'returning' AND signed_up_at < '2024-01-01')"
          " SELECT count(DISTINCT user_key) FILTER (month = 1) / count(DISTINCT user_key) FILTER (month = 0) FROM v", 3.2, 0.55, 1.1),
    Point("percent of Europe's visits from 18 to 23 o'clock there",
          "SELECT 100 * avg((hour(timezone('Europe/Berlin', started_at)) BETWEEN 18 AND 22)::INT) FROM dim_session"
          " WHERE country_code IN ('DE', 'FR', 'NL', 'IT', 'ES')", 22, 33, 45),
    Point("hours to deliver abroad, in those at home",
          "SELECT avg(epoch(delivered_at - shipped_at)) FILTER (country_code <> 'US') / avg(epoch(delivered_at - shipped_at))"
          " FILTER (country_code = 'US') FROM fact_orders", 1.0, 2, 5),
    Point("landings on a product by paid search, in those of direct visits",
          "SELECT avg((page_type = 'product')::INT) FILTER (channel = 'paid_search') / avg((page_type = 'product')::INT) FILTER (channel = 'direct')"
          " FROM fact_page_views JOIN dim_session USING (session_key) WHERE position = 1", 1.1, 3.5, 9),
    Point("load time of the checkout, in that of articles",
          "SELECT avg(load_time) FILTER (page_type = 'checkout') / avg(load_time) FILTER (page_type = 'article') FROM fact_page_views", 1.0, 1.4, 2.2),
    Point("load time overseas, in that in the United States",
          "SELECT avg(load_time) FILTER (country_code IN ('AU', 'IN', 'BR', 'JP')) / avg(load_time) FILTER (country_code = 'US')"
          " FROM fact_page_views JOIN dim_session USING (session_key)", 1.0, 1.4, 2.1),
    Point("percent of what users look at that they have seen in a visit before",
          "WITH v AS (SELECT session_key, lag(session_key) OVER (PARTITION BY user_key, product_key ORDER BY session_key) AS before, min(session_key)"
          " OVER (PARTITION BY user_key) AS first FROM fact_page_views WHERE user_key IS NOT NULL AND product_key IS NOT NULL)"
          " SELECT 100 * avg((before IS NOT NULL)::INT) FROM v WHERE session_key > first", 3.6, 4.5, 40),
    Point("paid visits in the first month, in those of all time",
          "SELECT avg((campaign_key <> -1)::INT) FILTER (session_date < '2023-01-31') / avg((campaign_key <> -1)::INT) FROM dim_session", 0.39, 0.55, 1.7),
    Point("what clicks cost, in what campaigns may cost on their days",
          "WITH v AS (SELECT session_date AS day, count(*) AS visits FROM dim_session GROUP BY ALL), b AS (SELECT sum(daily_budget * visits / 1000) AS may"
          " FROM dim_campaign JOIN v ON day > timezone('America/New_York', started_at)::DATE AND day < coalesce(timezone('America/New_York',"
          " ended_at)::DATE, DATE '9999-12-31') WHERE campaign_key <> -1) SELECT sum(click_cost) / any_value(may) FROM dim_session, b", 20, 0.5, 1.3),
    Point("women's looks at beauty, in men's",
          "SELECT avg((department = 'Beauty')::INT) FILTER (gender = 'F') / avg((department = 'Beauty')::INT) FILTER (gender = 'M')"
          " FROM fact_page_views JOIN dim_product USING (product_key) JOIN dim_user USING (user_key)", 0.94, 1.8, 6),
    Point("looks at toys in December, in those of all months",
          "SELECT avg((month(view_date) = 12)::INT) FILTER (department = 'Toys') / avg((month(view_date) = 12)::INT)"
          " FROM fact_page_views JOIN dim_product USING (product_key)", 1.07, 1.5, 3),
    Point("visits on 18 December, in those of the day before",
          "SELECT count(*) FILTER (session_date IN ('2023-12-18', '2024-12-18')) / count(*) FILTER (session_date IN ('2023-12-17', '2024-12-17'))"
          " FROM dim_session", 1.39, 0.75, 1.25),
    Point("visits on the day before Black Friday, in those of Black Friday",
          "SELECT count(*) FILTER (session_date IN ('2023-11-23', '2024-11-28')) / count(*) FILTER (session_date IN ('2023-11-24', '2024-11-29'))"
          " FROM dim_session", 0.31, 0.6, 1.3),
]  # fmt: skip

VERSIONS = (
    "WITH v AS (SELECT gender, last_name <> lag(last_name) OVER w AS named, postal_code <> lag(postal_code) OVER w AS moved FROM dim_customer"
    " WINDOW w AS (PARTITION BY customer_id ORDER BY version))"
)
RETAIL_STAR = [
    Point("percent of new family names that are men's", f"{VERSIONS} SELECT 100 * avg((gender = 'M')::INT) FROM v WHERE named", 49, 0, 12),
    Point("percent of new family names that come with a move", f"{VERSIONS} SELECT 100 * avg(moved::INT) FROM v WHERE named", 0, 35, 65),
]


@pytest.mark.parametrize("seed", [1, 7, 42])
@pytest.mark.parametrize(
    ("dataset_id", "points"), [("retail_oltp_large", RETAIL), ("retail_star_large", RETAIL_STAR), ("ecommerce_star_large", SHOP)]
)
def test_rows_depend_on_each_other(written: Callable[..., Written], dataset_id: str, points: list[Point], seed: int) -> None:
    """Each figure is within its bounds, outside of which it was."""
    check(written(dataset_id, seed), points)
