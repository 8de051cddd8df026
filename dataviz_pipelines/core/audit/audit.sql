-- What the application itself does with the audit; the triggers do the rest.

-- name: note
INSERT INTO audit_logs (
    timestamp, user_id, action_type, resource_type, resource_id, new_values, ip_address, user_agent, request_id,
    created_by, updated_by
)
VALUES (
    clock_timestamp(), %(user_id)s, %(action_type)s, %(resource_type)s, %(resource_id)s, %(details)s,
    nullif(%(ip_address)s, '')::inet, nullif(%(user_agent)s, ''), nullif(%(request_id)s, ''), NULL, NULL
)

-- name: seal
SELECT seal_audit_logs()
