# For people who look into the lake: with a limit, and results that nobody else can read.

resource "aws_athena_workgroup" "this" {
  name          = var.name
  description   = "The lake's tables, for people"
  force_destroy = var.force_destroy

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.athena_limit_gb * 1024 * 1024 * 1024

    result_configuration {
      output_location = "s3://${var.lake.name}/athena/"

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.lake.key_arn
      }
    }
  }
}
