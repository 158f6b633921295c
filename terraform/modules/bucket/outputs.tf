# `-target` follows references, and a reference to this output brings all of these along.
output "bucket" {
  description = "Name and ARN."
  value       = { name = var.name, arn = local.arn }

  depends_on = [
    aws_s3_bucket_lifecycle_configuration.this,
    aws_s3_bucket_logging.this,
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}
