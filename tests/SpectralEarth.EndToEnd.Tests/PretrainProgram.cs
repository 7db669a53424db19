using Serilog.Core;
using SpectralEarth.Distribution;
using SpectralEarth.Recipes;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>
/// What <see cref="PretrainRankTests"/> starts under mpirun: this test assembly as a program, whose ranks make several
/// pretraining runs one after the other. The start of a process takes longer than a short run.
/// </summary>
internal static class PretrainProgram
{
    /// <summary>Makes one run to its end; without <paramref name="ranks"/> in this process alone.</summary>
    internal static void Train(string data, string recipe, string output, string[] settings, IRankGroup? ranks = null)
    {
        var origin = new RunOrigin("test", "spectralearth pretrain", Path.GetFileName(recipe));
        using var run = PretrainRun.OpenOrResume(output, data, RecipeFile.Read<PretrainRecipe>(recipe, settings), origin, Logger.None, ranks);
        _ = run.Steps().Count();
    }

    /// <summary>Arguments: data set, recipe, then of each run folder and settings, parted by semicolons.</summary>
    private static int Main(string[] arguments)
    {
        using (var ranks = Ranks.Join())
        {
            foreach (var run in arguments[2..].Select(argument => argument.Split(';')))
                Train(arguments[0], arguments[1], run[0], run[1..], ranks);
        }

        FinalizerGate.OpenForGood();
        return 0;
    }
}
