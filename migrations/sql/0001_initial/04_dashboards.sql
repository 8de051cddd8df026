CREATE TABLE dashboards (
    id UUID DEFAULT uuid_v7() NOT NULL,
    name VARCHAR(255) NOT NULL,
    description TEXT,
    layout_config JSONB DEFAULT '{}' NOT NULL,
    theme_id UUID,
    filters_config JSONB DEFAULT '[]' NOT NULL,
    mobile_layout JSONB,
    is_public BOOLEAN DEFAULT false NOT NULL,
    view_count INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_dashboards PRIMARY KEY (id),
    CONSTRAINT ck_dashboards_view_count_not_negative CHECK (view_count >= 0),
    CONSTRAINT fk_dashboards_theme_id FOREIGN KEY (theme_id)
        REFERENCES theme_library (id) ON DELETE SET NULL,
    CONSTRAINT fk_dashboards_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_dashboards_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_dashboards_created_by ON dashboards (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_dashboards_created_by_updated_at ON dashboards (created_by, updated_at DESC);
CREATE INDEX idx_dashboards_name ON dashboards (name);
CREATE INDEX idx_dashboards_public ON dashboards (updated_at) WHERE is_public;
CREATE INDEX idx_dashboards_theme_id ON dashboards (theme_id);
CREATE INDEX idx_dashboards_updated_by ON dashboards (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON dashboards
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE visualizations (
    id UUID DEFAULT uuid_v7() NOT NULL,
    name VARCHAR(255) NOT NULL,
    visualization_type VARCHAR(100) NOT NULL,
    data_source_id UUID,
    query_config JSONB DEFAULT '{}' NOT NULL,
    chart_config JSONB DEFAULT '{}' NOT NULL,
    is_public BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_visualizations PRIMARY KEY (id),
    CONSTRAINT fk_visualizations_data_source_id FOREIGN KEY (data_source_id)
        REFERENCES data_sources (id) ON DELETE RESTRICT,
    CONSTRAINT fk_visualizations_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_visualizations_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_visualizations_created_by ON visualizations (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_visualizations_created_by_updated_at ON visualizations (created_by, updated_at DESC);
CREATE INDEX idx_visualizations_data_source_id ON visualizations (data_source_id);
CREATE INDEX idx_visualizations_name ON visualizations (name);
CREATE INDEX idx_visualizations_public ON visualizations (updated_at) WHERE is_public;
CREATE INDEX idx_visualizations_updated_by ON visualizations (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON visualizations
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE dashboard_components (
    id UUID DEFAULT uuid_v7() NOT NULL,
    dashboard_id UUID NOT NULL,
    visualization_id UUID,
    component_type VARCHAR(100) NOT NULL,
    position_x INTEGER NOT NULL,
    position_y INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    component_config JSONB DEFAULT '{}' NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_dashboard_components PRIMARY KEY (id),
    CONSTRAINT ck_dashboard_components_component_type CHECK (component_type IN ('visualization', 'text', 'image', 'filter', 'container')),
    CONSTRAINT ck_dashboard_components_position_x_not_negative CHECK (position_x >= 0),
    CONSTRAINT ck_dashboard_components_position_y_not_negative CHECK (position_y >= 0),
    CONSTRAINT ck_dashboard_components_width_positive CHECK (width > 0),
    CONSTRAINT ck_dashboard_components_height_positive CHECK (height > 0),
    CONSTRAINT fk_dashboard_components_dashboard_id FOREIGN KEY (dashboard_id)
        REFERENCES dashboards (id) ON DELETE CASCADE,
    CONSTRAINT fk_dashboard_components_visualization_id FOREIGN KEY (visualization_id)
        REFERENCES visualizations (id) ON DELETE SET NULL,
    CONSTRAINT fk_dashboard_components_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_dashboard_components_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_dashboard_components_created_by ON dashboard_components (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_dashboard_components_dashboard_id ON dashboard_components (dashboard_id);
CREATE INDEX idx_dashboard_components_updated_by ON dashboard_components (updated_by) WHERE updated_by IS NOT NULL;
CREATE INDEX idx_dashboard_components_visualization_id ON dashboard_components (visualization_id);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON dashboard_components
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
