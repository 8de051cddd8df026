"""The schema's history. DDL lives here, written out; nothing here imports the models, which change after it was written."""
