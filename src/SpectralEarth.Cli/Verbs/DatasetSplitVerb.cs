using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth dataset split DATASET [--out FILE]</c></summary>
internal static class DatasetSplitVerb
{
    private static readonly Argument<DirectoryInfo> Data = DatasetVerb.Argument();
    private static readonly Option<FileInfo?> Out = new Option<FileInfo?>("--out", "-o") { Description = $"CSV file to write; {SplitFile.FileName} in the data set by default." }.EndingWith(".csv");
    private static readonly ChoiceOption<SplitUnit> By = new("--by", "What goes to a part as a whole: block (of ground), scene (with all that share its ground), or patch (as published splits; neighbours train).");
    private static readonly Option<int?> BlockSize = new("--block-size") { Description = "Side of a block, patches; by default 4, 2 or 1, the largest that gives 16 blocks." };
    private static readonly Option<double> Test = new("--test") { Description = "Share of the patches to test on.", DefaultValueFactory = _ => 0.2 };
    private static readonly Option<string?> TestScenes = new("--test-scenes") { Description = "Test on the scenes of this name (* for any letters) instead; locations that others show too are dropped." };
    private static readonly Option<double> Validation = new("--validation") { Description = "Share of the patches to validate on; with --test-scenes of the others.", DefaultValueFactory = _ => 0.1 };
    private static readonly Option<long> Seed = new("--seed") { Description = "Seed of the draw.", DefaultValueFactory = _ => 1 };

    internal static Command Create() => new Command("split", "Divide a data set into training, validation and test by ground: no location lies in two parts.")
        { Data, Out, By, BlockSize, Test, TestScenes, Validation, Seed }.Running(Run).WithExamples(
            "spectralearth dataset split labelled --test 0.2 --validation 0.1 --seed 7",
            "spectralearth dataset split patches --by scene --out by-scene.csv",
            "spectralearth dataset split two-blocks --test-scenes '*20220724T104530Z_010*'");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var dataset = Dataset.Open(line.GetRequiredValue(Data).FullName);
        if (line.GetValue(TestScenes) is not null && line.GetResult(Test) is { Implicit: false })
            throw new UsageException("--test draws a share of the patches, --test-scenes names the scenes to test on. Leave one of them out.");
        var options = new SplitOptions
        {
            PatchSize = dataset.Manifest.PatchSize,
            Unit = By.Of(line),
            BlockSize = line.GetValue(BlockSize) ?? SuitableBlocks.SideFor(dataset),
            TestFraction = line.GetValue(Test),
            TestScenes = line.GetValue(TestScenes),
            ValidationFraction = line.GetValue(Validation),
            Seed = line.GetValue(Seed),
        };
        var (split, report) = UsageException.Check(() => ProgressView.Run(terminal, "split", show => SplitReport.Draw(dataset, options, new ShareView(show, "of the labels"))));
        var target = line.GetValue(Out)?.FullName ?? Path.Combine(dataset.Path, SplitFile.FileName);
        SplitFile.Keep(target, dataset, split);
        if (!terminal.IsQuiet)
            DatasetView.Show(terminal, dataset.Manifest.Classes, report);
        if (options.Unit == SplitUnit.Block)
            terminal.Say($"blocks of {options.BlockSize} x {options.BlockSize} patches");
        foreach (var warning in SplitWarnings.Of(report, options, dataset.Manifest.Classes))
            terminal.Warn(warning);
        terminal.Result(target);
        return ExitCode.Done;
    }
}
