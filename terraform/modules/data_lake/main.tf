# The lake (landing_zone/, transform_zone/, Meltano's state), what is deployed beside it, and the
# log of who read them.

module "access_logs" {
  source = "../bucket"

  name             = "${var.name}-access-logs-${var.account.id}"
  account          = var.account
  policy_documents = [data.aws_iam_policy_document.log_delivery.json]
  expirations      = { "" = var.access_log_days }
  force_destroy    = var.force_destroy
}

data "aws_iam_policy_document" "log_delivery" {
  statement {
    sid       = "S3DeliversAccessLogs"
    actions   = ["s3:PutObject"]
    resources = ["arn:${var.account.partition}:s3:::${var.name}-access-logs-${var.account.id}/*"]

    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account.id]
    }
  }
}

module "lake" {
  source = "../bucket"

  name              = "${var.name}-lake-${var.account.id}"
  account           = var.account
  key_arn           = var.key_arn
  access_log_bucket = module.access_logs.bucket.name
  force_destroy     = var.force_destroy

  # Landing files are written once and read again only by a rebuild.
  transitions = { "landing_zone/" = { days = 30, storage_class = "STANDARD_IA" } }
  # target-redshift removes what it stages; this is for what was killed.
  expirations = { "athena/" = 7, "staging/" = 2 }
}

module "artifacts" {
  source = "../bucket"

  name              = "${var.name}-artifacts-${var.account.id}"
  account           = var.account
  key_arn           = var.key_arn
  access_log_bucket = module.access_logs.bucket.name
  force_destroy     = var.force_destroy
}
