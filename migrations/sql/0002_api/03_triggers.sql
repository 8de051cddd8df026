DROP TRIGGER touch_updated_at ON api_keys;
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at('last_used_at');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION audit_change('last_used_at');
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON audit_seals
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON bookmarks
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON chart_library
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER forget_resource AFTER DELETE ON chart_library
    FOR EACH ROW EXECUTE FUNCTION forget_resource('chart');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON comments
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON dashboard_components
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE CONSTRAINT TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON dashboard_components DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_version('dashboard', 'dashboard_id');
DROP TRIGGER touch_updated_at ON dashboards;
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON dashboards
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at('view_count');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON dashboards
    FOR EACH ROW EXECUTE FUNCTION audit_change('view_count');
CREATE CONSTRAINT TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON dashboards DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_version('dashboard', 'id');
CREATE TRIGGER forget_resource AFTER DELETE ON dashboards
    FOR EACH ROW EXECUTE FUNCTION forget_resource('dashboard');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON data_sources
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER forget_resource AFTER DELETE ON data_sources
    FOR EACH ROW EXECUTE FUNCTION forget_resource('data_source');
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON discovery_runs
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON idempotency_keys
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON login_throttles
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON metadata_changes
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON one_time_tokens
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public_links
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at('last_used_at', 'use_count');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON public_links
    FOR EACH ROW EXECUTE FUNCTION audit_change('last_used_at', 'use_count');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON resource_permissions
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON resource_versions
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON roles
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER forget_principal AFTER DELETE ON roles
    FOR EACH ROW EXECUTE FUNCTION forget_principal('role');
DROP TRIGGER touch_updated_at ON saved_queries;
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON saved_queries
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at('execution_count', 'avg_execution_time_ms');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON saved_queries
    FOR EACH ROW EXECUTE FUNCTION audit_change('execution_count', 'avg_execution_time_ms');
CREATE CONSTRAINT TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON saved_queries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_version('saved_query', 'id');
CREATE TRIGGER forget_resource AFTER DELETE ON saved_queries
    FOR EACH ROW EXECUTE FUNCTION forget_resource('saved_query');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON scheduler_jobs
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER forget_resource AFTER DELETE ON scheduler_jobs
    FOR EACH ROW EXECUTE FUNCTION forget_resource('scheduler_job');
DROP TRIGGER touch_updated_at ON sessions;
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at('last_seen_at');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON sessions
    FOR EACH ROW EXECUTE FUNCTION audit_change('last_seen_at');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON system_settings
    FOR EACH ROW EXECUTE FUNCTION audit_change();
DROP TRIGGER touch_updated_at ON theme_library;
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON theme_library
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at('download_count');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON theme_library
    FOR EACH ROW EXECUTE FUNCTION audit_change('download_count');
CREATE CONSTRAINT TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON theme_library DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_version('theme', 'id');
CREATE TRIGGER forget_resource AFTER DELETE ON theme_library
    FOR EACH ROW EXECUTE FUNCTION forget_resource('theme');
CREATE TRIGGER count_version BEFORE UPDATE ON upload_templates
    FOR EACH ROW EXECUTE FUNCTION count_version('is_active');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON upload_templates
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE CONSTRAINT TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON upload_templates DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_version('upload_template', 'id');
CREATE TRIGGER forget_resource AFTER DELETE ON upload_templates
    FOR EACH ROW EXECUTE FUNCTION forget_resource('upload_template');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON user_preferences
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON user_roles
    FOR EACH ROW EXECUTE FUNCTION audit_change();
DROP TRIGGER touch_updated_at ON users;
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at('last_login_at');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION audit_change('last_login_at');
CREATE TRIGGER forget_principal AFTER DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION forget_principal('user');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON visualizations
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE CONSTRAINT TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON visualizations DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_version('visualization', 'id');
CREATE TRIGGER forget_resource AFTER DELETE ON visualizations
    FOR EACH ROW EXECUTE FUNCTION forget_resource('visualization');
