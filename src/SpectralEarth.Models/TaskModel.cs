using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models;

/// <summary>A network of a task on a pretrained encoder, whose keys begin with <c>encoder.</c>.</summary>
public abstract class TaskModel : Module<Tensor, Tensor>
{
    private protected TaskModel(string name)
        : base(name)
    {
    }

    /// <summary>Pretrained part.</summary>
    public abstract Encoder Encoder { get; }
}
