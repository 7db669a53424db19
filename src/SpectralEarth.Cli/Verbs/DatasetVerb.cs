using System.CommandLine;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth dataset ...</c></summary>
internal static class DatasetVerb
{
    internal static Command Create()
    {
        var group = new Command("dataset", "Look at, check, divide, merge, import and export patch data sets.")
        {
            DatasetInfoVerb.Create(),
            DatasetVerifyVerb.Create(),
            DatasetSplitVerb.Create(),
            DatasetMergeVerb.Create(),
            DatasetImportVerb.Create(),
            DatasetExportVerb.Create(),
            DatasetPreviewVerb.Create(),
        };
        return group.WithExamples(
            "spectralearth dataset info patches",
            "spectralearth dataset verify patches");
    }

    /// <summary>The data set that a verb works on.</summary>
    internal static Argument<DirectoryInfo> Argument() => new("DATASET") { Description = "Data set folder." };
}
