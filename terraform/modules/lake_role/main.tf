# The role of a task that writes the lake by target-s3: only where its own streams land, only its
# own bookmarks. The tables are all of them, for a load finishes what another one, killed while it
# published, has left (the journal in `_publish/`).

locals {
  glue = "arn:${var.account.partition}:glue:${var.account.region}:${var.account.id}"

  landing_paths = concat(var.landing_paths, ["landing_zone/_runs"])
  # all that target-s3 names below the lake; folders of tables are told apart by their ending
  work_paths = concat(["_publish"], [for ending in ["", "_quality", "_quarantine"] : "transform_zone${ending}"])
  state_path = "meltano_state/${var.environment_name}:${coalesce(var.extractor, "none")}"

  databases = ["deftunes_transform", "deftunes_transform_quality", "deftunes_transform_quarantine"]
  tables = concat(
    [for table in var.tables : "deftunes_transform/${table}"],
    [for table in var.tables : "deftunes_transform_quarantine/${table}"],
    ["deftunes_transform_quality/results"],
  )
}

data "aws_iam_policy_document" "lake" {
  statement {
    sid       = "FindTheLake"
    actions   = ["s3:GetBucketLocation"]
    resources = [var.lake.arn]
  }

  statement {
    sid       = "ListItsFolders"
    actions   = ["s3:ListBucket"]
    resources = [var.lake.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values = concat(
        [for path in concat(local.landing_paths, var.read_paths, local.work_paths) : "${path}/*"],
        [for path in concat(local.landing_paths, var.read_paths, local.work_paths) : path],
        var.extractor == null ? [] : ["${local.state_path}*"],
      )
    }
  }

  # What has landed is never edited and never removed.
  statement {
    sid       = "LandItsStreams"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = [for path in local.landing_paths : "${var.lake.arn}/${path}/*"]
  }

  dynamic "statement" {
    for_each = length(var.read_paths) == 0 ? [] : [true]
    content {
      sid       = "ReadWhatHasLanded"
      actions   = ["s3:GetObject"]
      resources = [for path in var.read_paths : "${var.lake.arn}/${path}/*"]
    }
  }

  statement {
    sid       = "WriteTables"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = [for path in local.work_paths : "${var.lake.arn}/${path}/*"]
  }

  dynamic "statement" {
    for_each = var.extractor == null ? [] : [true]
    content {
      sid     = "KeepItsBookmarks"
      actions = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      # one folder for each state: back-fills have theirs
      resources = ["${var.lake.arn}/${local.state_path}*"]
    }
  }

  statement {
    sid     = "CommitTables"
    actions = ["glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:UpdateTable"]
    resources = concat(
      ["${local.glue}:catalog"],
      [for database in local.databases : "${local.glue}:database/${database}"],
      [for table in local.tables : "${local.glue}:table/${table}"],
    )
  }

  statement {
    sid     = "ListTables"
    actions = ["glue:GetTables"]
    # a list is asked for of a database as a whole
    resources = concat(
      ["${local.glue}:catalog"],
      [for database in local.databases : "${local.glue}:database/${database}"],
      [for database in local.databases : "${local.glue}:table/${database}/*"],
    )
  }
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "EncryptTheLake"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.lake.key_arn]
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = var.assume_role_policy
}

resource "aws_iam_role_policy" "lake" {
  name   = "write-lake"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.lake.json
}

# Apart, because a new key's ARN is not known in a plan and the policy above is to be read there.
resource "aws_iam_role_policy" "key" {
  name   = "use-key"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.key.json
}
