# Two roles: the warehouse's own, which reads the lake (Spectrum), and dbt's, which may log in.

locals {
  glue = "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}"
  made_on_demand = [
    "deftunes_transform_quality", "deftunes_transform_quarantine",
  ]
  databases = concat(["deftunes_transform"], local.made_on_demand)
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account.id]
    }
  }
}

data "aws_iam_policy_document" "lake_reader" {
  statement {
    sid     = "ReadTables"
    actions = ["s3:GetObject"]
    # the tables, and what target-redshift stages for COPY
    resources = [for zone in ["transform_zone", "transform_zone_quality", "transform_zone_quarantine", "staging"] : "${var.lake.arn}/${zone}/*"]
  }

  statement {
    sid       = "ListTheLake"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [var.lake.arn]
  }

  statement {
    sid     = "ReadCatalog"
    actions = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"]
    # a list is asked for of a database as a whole
    resources = concat(
      ["${local.glue}:catalog"],
      [for database in local.databases : "${local.glue}:database/${database}"],
      [for database in local.databases : "${local.glue}:table/${database}/*"],
    )
  }

  # `create external database if not exists`, which dbt says of these, asks for the right
  statement {
    sid     = "MakeWhatIsMadeOnDemand"
    actions = ["glue:CreateDatabase"]
    resources = concat(
      ["${local.glue}:catalog"],
      [for database in local.made_on_demand : "${local.glue}:database/${database}"],
    )
  }
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "DecryptTheLake"
    actions   = ["kms:Decrypt"]
    resources = [var.lake.key_arn]
  }
}

resource "aws_iam_role" "lake_reader" {
  name               = var.lake_reader_name
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "lake_reader" {
  name   = "read-lake"
  role   = aws_iam_role.lake_reader.id
  policy = data.aws_iam_policy_document.lake_reader.json
}

# Apart, because a new key's ARN is not known in a plan and the policy above is to be read there.
resource "aws_iam_role_policy" "key" {
  name   = "use-key"
  role   = aws_iam_role.lake_reader.id
  policy = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "login" {
  dynamic "statement" {
    for_each = local.provisioned ? [true] : []
    content {
      sid       = "LogInToTheCluster"
      actions   = ["redshift:GetClusterCredentialsWithIAM"]
      resources = ["arn:${var.account.partition}:redshift:${var.account.region}:${var.account.id}:dbname:${var.name}/${var.warehouse.database}"]
    }
  }

  dynamic "statement" {
    for_each = local.provisioned ? [] : [true]
    content {
      sid       = "LogInToTheWorkgroup"
      actions   = ["redshift-serverless:GetCredentials"]
      resources = [aws_redshiftserverless_workgroup.this[0].arn]
    }
  }
}

resource "aws_iam_role_policy" "login" {
  name   = "log-in-to-warehouse"
  role   = var.dbt_role.name
  policy = data.aws_iam_policy_document.login.json
}
