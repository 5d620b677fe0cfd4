"""What the report templates say: sentences, captions and tables, one module a template."""
