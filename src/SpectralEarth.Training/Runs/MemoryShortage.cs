using System.Runtime.InteropServices;

namespace SpectralEarth.Training.Runs;

/// <summary>Turns the tensor library's errors about memory into one that says what to change.</summary>
internal static class MemoryShortage
{
    // From c10/core/impl/alloc_cpu.cpp and c10/cuda/CUDACachingAllocator.cpp.
    private static readonly string[] Signs = ["can't allocate memory", "not enough memory", "CUDA out of memory"];

    /// <summary>Recipe keys that help besides accumulate.</summary>
    public const string OtherKeys = "with a transformer set recompute to true or precision to bfloat16, " +
        "or lower batch_size, crop_size or encoder.width; all but recompute begin another run, in another --out.";

    /// <summary>True if the tensor library ran out of memory.</summary>
    public static bool Is(Exception error) =>
        error is ExternalException && Signs.Any(sign => error.Message.Contains(sign, StringComparison.OrdinalIgnoreCase));

    /// <summary>Runs a step.</summary>
    /// <exception cref="InsufficientMemoryException">It needs more memory than there is; names the recipe keys that help.</exception>
    public static T Explain<T>(Func<T> step, TrainingRecipe recipe) => Explain(step,
        $"There is too little memory for {recipe.PartSize} patches at a time (batch_size {recipe.BatchSize}, accumulate {recipe.Accumulate})",
        $"Raise accumulate ({recipe.EffectOfAccumulate}), {OtherKeys}");

    /// <summary>Makes a network, or what trains it: no batch is in memory yet, so that only a smaller network helps.</summary>
    /// <exception cref="InsufficientMemoryException">It needs more memory than there is; names the recipe keys that help.</exception>
    public static T ExplainNetwork<T>(Func<T> make) => Explain(make,
        "There is too little memory for the network and its optimizer, without any patch",
        "Lower encoder.size, encoder.width or encoder.depth, with MoCo v2 moco_v2.queue_length; accumulate and batch_size do not help here.");

    /// <summary>Puts together what a checkpoint is written from, which takes memory besides that of the steps.</summary>
    /// <exception cref="InsufficientMemoryException">It needs more memory than there is; names the recipe keys that help.</exception>
    public static T ExplainCheckpoint<T>(Func<T> begin) => Explain(begin,
        "There is too little memory for the copy that a checkpoint is written from",
        "Checkpoints written before are whole. Lower encoder.size, encoder.width or encoder.depth, or let fewer processes share the machine.");

    private static T Explain<T>(Func<T> work, string failure, string advice)
    {
        try
        {
            return work();
        }
        catch (ExternalException error) when (Is(error))
        {
            throw new InsufficientMemoryException($"{failure}: {error.Message.Split('\n')[0]} {advice}", error);
        }
    }
}
