-- What each tenant used of each metering unit, by month.
WITH
  -- An event can arrive more than once; its log_id is the same then.
  once AS (
    SELECT
      log_id,
      MIN(tenant_id) AS tenant_id,
      MIN(unit) AS unit,
      MIN(metered_at) AS metered_at,
      MIN(method) AS method,
      MIN(amount) AS amount,
      -- Within a second, the order of calls is not known.
      MIN(called_at) || ' ' || log_id AS moment
    FROM metering_updates
    GROUP BY log_id
  ),
  -- 'direct' overwrites the count of its timestamp, and 'delete' removes it: what came before does not matter any more.
  overwritten AS (
    SELECT tenant_id, unit, metered_at, MAX(moment) AS moment
    FROM once
    WHERE method IN ('direct', 'delete')
    GROUP BY tenant_id, unit, metered_at
  )
SELECT
  once.tenant_id,
  once.unit,
  date_format(from_unixtime(once.metered_at), '%Y-%m') AS month,
  SUM(CASE once.method WHEN 'sub' THEN -once.amount ELSE once.amount END) AS used
FROM once
LEFT JOIN overwritten
  ON overwritten.tenant_id = once.tenant_id
  AND overwritten.unit = once.unit
  AND overwritten.metered_at = once.metered_at
WHERE overwritten.moment IS NULL OR once.moment >= overwritten.moment
GROUP BY once.tenant_id, once.unit, date_format(from_unixtime(once.metered_at), '%Y-%m')
ORDER BY once.tenant_id, once.unit, month
