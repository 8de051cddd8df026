CREATE TABLE chart_library (
    id UUID DEFAULT uuid_v7() NOT NULL,
    name VARCHAR(255) NOT NULL,
    chart_type VARCHAR(100) NOT NULL,
    config_schema JSONB DEFAULT '{}' NOT NULL,
    component_code TEXT,
    css_styles TEXT,
    category VARCHAR(100),
    is_public BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_chart_library PRIMARY KEY (id),
    CONSTRAINT uq_chart_library_name UNIQUE (name),
    CONSTRAINT fk_chart_library_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_chart_library_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_chart_library_category ON chart_library (category);
CREATE INDEX idx_chart_library_chart_type ON chart_library (chart_type);
CREATE INDEX idx_chart_library_created_by ON chart_library (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_chart_library_updated_by ON chart_library (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON chart_library
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE theme_library (
    id UUID DEFAULT uuid_v7() NOT NULL,
    name VARCHAR(255) NOT NULL,
    css_variables JSONB DEFAULT '{}' NOT NULL,
    color_palette JSONB DEFAULT '[]' NOT NULL,
    typography JSONB DEFAULT '{}' NOT NULL,
    is_public BOOLEAN DEFAULT false NOT NULL,
    is_default BOOLEAN DEFAULT false NOT NULL,
    download_count INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_theme_library PRIMARY KEY (id),
    CONSTRAINT uq_theme_library_name UNIQUE (name),
    CONSTRAINT ck_theme_library_download_count_not_negative CHECK (download_count >= 0),
    CONSTRAINT fk_theme_library_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_theme_library_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_theme_library_created_by ON theme_library (created_by) WHERE created_by IS NOT NULL;
CREATE UNIQUE INDEX idx_theme_library_default ON theme_library (is_default) WHERE is_default;
CREATE INDEX idx_theme_library_updated_by ON theme_library (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON theme_library
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
