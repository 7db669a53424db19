using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>DINO's loss: the student learns the teacher's centred and sharpened output for the other views (Caron et al. 2021, section 3.1).</summary>
internal sealed class DistillationLoss : Module
{
    private readonly double studentTemperature, centerMomentum;
    private readonly Tensor center;
    private readonly PartResults means = new();         // of the teacher's outputs, by part of the step's batch, [1, 1, K] each

    /// <summary>A loss whose centre is zero.</summary>
    /// <param name="outputs">Outputs of the heads, K.</param>
    /// <param name="studentTemperature">Divides the student's outputs.</param>
    /// <param name="centerMomentum">Share of the old centre that is kept in each update.</param>
    public DistillationLoss(int outputs, double studentTemperature, double centerMomentum)
        : base(nameof(DistillationLoss))
    {
        (this.studentTemperature, this.centerMomentum) = (studentTemperature, centerMomentum);
        center = zeros(1, 1, outputs);
        RegisterComponents();
    }

    /// <summary>Running mean of the teacher's outputs, [1, 1, K].</summary>
    public Tensor Center => center;

    /// <summary>
    /// Cross entropy between each teacher view and each other student view. The teacher's outputs move the centre when the step
    /// ends, see <see cref="EndStep"/>.
    /// </summary>
    /// <param name="teacher">Outputs for the global views, [G, B, K].</param>
    /// <param name="student">Outputs for all views, the same global ones first, [V, B, K], V at least 2.</param>
    /// <param name="teacherTemperature">Divides the teacher's outputs.</param>
    /// <returns>Mean over pairs of different views and over the batch, scalar.</returns>
    public Tensor Of(Tensor teacher, Tensor student, double teacherTemperature)
    {
        using var scope = NewDisposeScope();
        var (g, v, b) = (teacher.shape[0], student.shape[0], teacher.shape[1]);
        Tensor target;
        using (no_grad())
            target = functional.softmax((teacher - center) / teacherTemperature, -1);           // [G, B, K]
        var prediction = functional.log_softmax(student / studentTemperature, -1);              // [V, B, K]
        var similarity = einsum("gbk,vbk->gv", target, prediction);                             // [G, V]
        var others = 1 - eye(g, v, similarity.dtype, similarity.device);                        // not a view with itself
        var loss = -(similarity * others).sum() / (b * ((g * v) - Math.Min(g, v)));
        Note(teacher);
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Moves the centre towards the mean of the outputs that the teacher had since the last step, over all parts of the batch
    /// (Caron et al. 2021, equation 4).
    /// </summary>
    /// <param name="isUsed">False if the step was skipped: the centre stays, the outputs are forgotten.</param>
    public void EndStep(bool isUsed)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        if (isUsed)
            center.mul_(centerMomentum).add_(means.Joined().mean([0], keepdim: true), 1 - centerMomentum);
        means.Clear();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        means.Dispose();
        base.Dispose(disposing);
    }

    private void Note(Tensor teacher)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var mean = teacher.mean([0, 1], keepdim: true);
        if (SharedBatch.Current is { } shared)
        {
            shared.Sum(mean);
            mean.div_(shared.Parts);
        }

        means.Add(mean);
    }
}
