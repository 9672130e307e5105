"""``inference_schema``: decorators that tell what run() takes and returns, by samples."""
